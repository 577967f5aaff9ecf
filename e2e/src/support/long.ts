/** `npm run test:long`: more rounds, longer cuts, every screen. jest.config.js names the specs that have such a form. */
export const LONG = process.env['TEST_LONG'] === '1';
