/** `npm run test:quiet`: promised limits of time and memory, which a busy machine would miss. */
export const QUIET = process.env['TEST_QUIET'] === '1';

/** `npm run test:long`: more rounds, longer outages, every screen. Set by server/test/jest/forms.mjs. */
export const LONG = QUIET || process.env['TEST_LONG'] === '1';
