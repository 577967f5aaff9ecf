import type { Env } from '../../config/env.js';

/** What an attempt may take beyond ATTEMPT_TIMEOUT_MS: the rest of the response body, and storing the result. */
const TAIL_MS = 2_000;

/**
 * Maximum duration of an attempt including storing its result, in milliseconds. Grace periods and leases are derived
 * from it.
 */
export function longestAttemptMs({ attemptTimeoutMs }: Pick<Env, 'attemptTimeoutMs'>): number {
  return attemptTimeoutMs + TAIL_MS;
}
