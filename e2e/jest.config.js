import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { specsOfForm } from '../server/test/jest/forms.mjs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

/** Times and memory are held to what is promised, and need the machine for themselves. */
const isQuiet = process.env.TEST_QUIET === '1';
/** Dozens of kills, millions of rows. */
const isLong = process.env.TEST_LONG === '1';

export default {
  testEnvironment: '<rootDir>/../server/test/jest/environment.cjs',
  runtime: '<rootDir>/../server/test/jest/runtime.cjs',
  transform: {},
  // For what hangs; a busy machine takes its time.
  testTimeout: isLong ? 1_200_000 : 180_000,
  // Most of a file's time is waiting for retries, leases and pages; jest alone would take one worker on two cores.
  maxWorkers: isQuiet ? 1 : 3,
  // On a busy machine a worker takes longer to end than the half second after which jest calls it stuck.
  workerGracefulExitTimeout: 10_000,
  testSequencer: '<rootDir>/src/support/longest-first.mjs',
  roots: ['<rootDir>/src'],
  globalSetup: '<rootDir>/src/support/shared-database-setup.mjs',
  globalTeardown: '<rootDir>/src/support/shared-database-teardown.mjs',
  ...specsOfForm(fileURLToPath(new URL('src', import.meta.url))),
};
