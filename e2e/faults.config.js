import base from './jest.config.js';

/** `npm run faults`: only the specs that kill and restart things, in their long form. */
export default { ...base, maxWorkers: 1, testMatch: ['**/faults/*.spec.ts'] };
