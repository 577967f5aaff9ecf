/** `npm run test:long`: more rounds, longer cuts, every screen. jest.config.js names the specs with a long form. */
export const LONG = process.env['TEST_LONG'] === '1';
