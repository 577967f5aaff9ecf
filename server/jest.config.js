import { mkdirSync } from 'node:fs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

/** Specs with a long form: TEST_LONG=1 runs it, and these alone. */
const LONG = ['src/openapi/openapi-fuzz.db.spec.ts', 'src/webhooks/tenancy.db.spec.ts'];
/** Those that have no other: every way in which root may start PostgreSQL makes a cluster. */
const ONLY_LONG = ['src/embedded/local-postgres-run-as.spec.ts'];
const isLong = process.env.TEST_LONG === '1';

export default {
  testEnvironment: '<rootDir>/test/jest/environment.cjs',
  runtime: '<rootDir>/test/jest/runtime.cjs',
  transform: {},
  // A test that starts the whole application may share two cores with everything else.
  testTimeout: 30_000,
  // What a worker has loaded stays, and specs leave something behind: 250 MB after one, 780 MB after 29.
  workerIdleMemoryLimit: '1GB',
  // Giving back that much memory takes longer than the half second after which jest calls a worker stuck.
  workerGracefulExitTimeout: 10_000,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: isLong ? [...LONG, ...ONLY_LONG].map((file) => `<rootDir>/${file}`) : ['**/*.spec.ts'],
  testPathIgnorePatterns: isLong ? [] : ONLY_LONG,
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
};
