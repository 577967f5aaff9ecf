/** The longest message as UTF-8: the limit for publishers, and what receivers must accept. */
export const MAX_BODY_BYTES = 256 * 1024;
