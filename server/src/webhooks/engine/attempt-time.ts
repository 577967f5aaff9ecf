import type { Env } from '../../config/env.js';

/** What an attempt may take beyond ATTEMPT_TIMEOUT_MS: the rest of the answer's body, and writing the result down. */
const TAIL_MS = 2_000;

/** The longest that one attempt may take, its result written down, in milliseconds. Graces and leases follow it. */
export function longestAttemptMs({ attemptTimeoutMs }: Pick<Env, 'attemptTimeoutMs'>): number {
  return attemptTimeoutMs + TAIL_MS;
}
