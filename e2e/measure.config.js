import base from './jest.config.js';

/** `npm run filters`: not a test but a long measurement, on a durable database. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.measure.ts'] };
