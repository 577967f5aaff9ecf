import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// jest writes its results there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

export default {
  testEnvironment: '<rootDir>/src/test/jest/environment.cjs',
  testEnvironmentOptions: { hooks: [fileURLToPath(new URL('src/test/jest/hooks.mjs', import.meta.url))] },
  runtime: '<rootDir>/../server/test/jest/runtime.cjs',
  transform: {},
  // A page with axe on a busy machine; what hangs still fails.
  testTimeout: 90_000,
  // A worker ends with more than a gigabyte of memory, and giving that back takes longer than the half second after
  // which jest calls it stuck.
  workerGracefulExitTimeout: 10_000,
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
  // The window stays, and with it timers of the app, minutes long, which would keep the process.
  forceExit: true,
  setupFiles: ['<rootDir>/src/test/browser-parts.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/test/after-each.ts'],
};
