import { mkdirSync } from 'node:fs';

// jest writes its JSON result there and does not make the folder.
mkdirSync(new URL('.results', import.meta.url), { recursive: true });

export default {
  testEnvironment: 'node',
  // A test that starts the whole application may share two cores with everything else.
  testTimeout: 30_000,
  // A worker ends with more than a gigabyte of memory, and giving that back takes longer than the half second after which jest calls it stuck.
  workerGracefulExitTimeout: 10_000,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@nestjs/throttler$': '<rootDir>/test/throttler.mjs',
  },
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
    // @fastify/static requires this ESM-only package, which plain Node can and jest on Node 20 cannot.
    '/node_modules/content-disposition/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
};
