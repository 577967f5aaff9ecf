import base from './jest.config.js';

/** `npm run screens`: no test, a round through the whole app that leaves pictures in .results/screens. */
export default { ...base, testMatch: ['**/*.screens.ts'] };
