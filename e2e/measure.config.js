import base from './jest.config.js';

/** `npm run filters`: no test, but a measurement that takes long, on a database as durable as any. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.measure.ts'] };
