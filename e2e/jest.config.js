import { mkdirSync } from 'node:fs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

/** Specs with a long form (support/long.ts): TEST_LONG=1 runs it, and these alone. */
const LONG = [
  'accessibility',
  'live',
  'speed',
  'backlog',
  'dark-database',
  'database',
  'hostile',
  'outbox',
  'nats',
  'replicas',
  'schemathesis',
  'stream',
];
/** Without another form. */
const ONLY_LONG = ['running/schemathesis'];
const isLong = process.env.TEST_LONG === '1';

export default {
  testEnvironment: '<rootDir>/../server/test/jest/environment.cjs',
  runtime: '<rootDir>/../server/test/jest/runtime.cjs',
  transform: {},
  testTimeout: 60_000,
  // Most of a file's time is waiting for retries, leases and pages; jest alone would take one worker on two cores.
  // The long forms hold the times that are promised, and need the machine for themselves.
  maxWorkers: isLong ? 1 : 3,
  testSequencer: '<rootDir>/src/support/longest-first.mjs',
  roots: ['<rootDir>/src'],
  globalSetup: '<rootDir>/src/support/shared-database-setup.mjs',
  globalTeardown: '<rootDir>/src/support/shared-database-teardown.mjs',
  testMatch: isLong ? LONG.map((name) => `**/{admin,faults,running}/${name}.spec.ts`) : ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(isLong ? [] : ONLY_LONG)],
};
