import base from './jest.config.js';

/** `npm run morning`: no test, but the product on a Monday morning, to look at. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.morning.ts'] };
