import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { specsOfForm } from './test/jest/forms.mjs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

export default {
  testEnvironment: '<rootDir>/test/jest/environment.cjs',
  runtime: '<rootDir>/test/jest/runtime.cjs',
  transform: {},
  // For what hangs: a test that starts the whole application may share two cores with anything.
  testTimeout: process.env.TEST_LONG === '1' ? 1_200_000 : 180_000,
  // What a worker has loaded stays, and so does what the variables of a spec's module hold.
  workerIdleMemoryLimit: '1GB',
  // Giving back that much memory takes longer than the half second after which jest calls a worker stuck.
  workerGracefulExitTimeout: 10_000,
  // The default is one less than the cores: the last minutes of `npm test` would leave one of two idle.
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/jest/sequencer.mjs',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  ...specsOfForm(fileURLToPath(new URL('src', import.meta.url))),
};
