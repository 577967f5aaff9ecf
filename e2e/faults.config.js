import base from './jest.config.js';

/** `npm run faults`: whatever kills and restarts, in its long form, and nothing else. */
export default { ...base, maxWorkers: 1, testMatch: ['**/faults/*.spec.ts'] };
