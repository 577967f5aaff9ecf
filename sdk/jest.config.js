import { mkdirSync } from 'node:fs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

export default {
  testEnvironment: 'node',
  // For what hangs: a busy machine takes its time.
  testTimeout: 120_000,
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
