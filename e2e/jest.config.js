import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { specsOfForm } from '../server/test/jest/forms.mjs';

// jest writes its JSON result there but does not create the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

/** Limits of time and memory, which need an otherwise idle machine. */
const isQuiet = process.env.TEST_QUIET === '1';
/** Dozens of kills, millions of rows. */
const isLong = process.env.TEST_LONG === '1';

export default {
  testEnvironment: '<rootDir>/../server/test/jest/environment.cjs',
  runtime: '<rootDir>/../server/test/jest/runtime.cjs',
  transform: {},
  // Only for what hangs, because a busy machine is slow.
  testTimeout: isLong ? 1_200_000 : 180_000,
  // Specs mostly wait for retries, leases and pages; by default, jest would use one worker on two cores.
  maxWorkers: isQuiet ? 1 : 3,
  // On a busy machine, a worker may take longer to exit than the half second that jest allows.
  workerGracefulExitTimeout: 10_000,
  testSequencer: '<rootDir>/src/support/longest-first.mjs',
  roots: ['<rootDir>/src'],
  globalSetup: '<rootDir>/src/support/shared-database-setup.mjs',
  globalTeardown: '<rootDir>/src/support/shared-database-teardown.mjs',
  ...specsOfForm(fileURLToPath(new URL('src', import.meta.url))),
};
