/** `npm run test:quiet`: the limits of time and memory that are promised, which a busy machine misses. */
export const QUIET = process.env['TEST_QUIET'] === '1';

/** `npm run test:long`, and beyond it: more rounds, longer cuts, every screen. Chosen by server/test/jest/forms.mjs. */
export const LONG = QUIET || process.env['TEST_LONG'] === '1';
