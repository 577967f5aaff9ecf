import base from './jest.config.js';

/** `npm run screens`: not a test; takes pictures of the whole app in .results/screens. */
export default { ...base, testMatch: ['**/*.screens.ts'] };
