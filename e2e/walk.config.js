import base from './jest.config.js';

/** `npm run walk`: not a test; people's tasks in a browser, with clicks and times. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.walk.ts'] };
