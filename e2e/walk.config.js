import base from './jest.config.js';

/** `npm run walk`: no test, but the tasks of people in a browser, with their clicks and times. */
export default { ...base, globalSetup: undefined, globalTeardown: undefined, testMatch: ['**/*.walk.ts'] };
