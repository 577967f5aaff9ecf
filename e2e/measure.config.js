import base from './jest.config.js';

/** `npm run filters`: no test, but a measurement that takes long. */
export default { ...base, testMatch: ['**/*.measure.ts'] };
