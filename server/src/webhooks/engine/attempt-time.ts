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

/** Maximum duration of attempts of email and of tools that take longer than endpoints. */
const LONGEST_OF_TOOLS_MS = 30_000;

/** The same for attempts that may take longer than ATTEMPT_TIMEOUT_MS: those of email and Google Sheets. */
export function longestToolAttemptMs({ attemptTimeoutMs, leaseMs }: Pick<Env, 'attemptTimeoutMs' | 'leaseMs'>): number {
  return Math.max(attemptTimeoutMs, Math.min(LONGEST_OF_TOOLS_MS, leaseMs / 2)) + TAIL_MS;
}
