import base from './jest.config.js';

/** `npm run morning`: not a test; shows the product on a Monday morning. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.morning.ts'] };
