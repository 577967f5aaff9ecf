import { mkdirSync } from 'node:fs';

// jest writes its results there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

export default {
  testEnvironment: '<rootDir>/src/test/environment.mjs',
  // A page with axe on a busy machine; what hangs still fails.
  testTimeout: 30_000,
  // A worker ends with more than a gigabyte of memory, and giving that back takes longer than the half second after
  // which jest calls it stuck.
  workerGracefulExitTimeout: 10_000,
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
  setupFiles: ['<rootDir>/src/test/browser-parts.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/test/after-each.ts'],
  extensionsToTreatAsEsm: ['.ts', '.tsx', '.css', '.py', '.php', '.rb', '.go', '.java', '.cs'],
  // The kit's style sheets are imported from node_modules.
  transformIgnorePatterns: ['/node_modules/.*(?<!\\.css)$'],
  transform: {
    '\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
    '\\.css$': '<rootDir>/src/test/css-transform.mjs',
    '/examples/[Vv]erify': '<rootDir>/src/test/coloured-transform.mjs',
  },
};
