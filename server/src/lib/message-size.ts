/** The longest message, as UTF-8: what a publisher may say of one event, and what a receiver must be able to take. */
export const MAX_BODY_BYTES = 256 * 1024;
