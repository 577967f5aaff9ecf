export type RetryPlan = 'standard' | 'day' | 'three_days';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STANDARD = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE];

/** Milliseconds between the attempts of each plan: one more attempt than there are delays. */
export const RETRY_DELAYS_MS: Record<RetryPlan, readonly number[]> = {
  standard: STANDARD,
  day: [...STANDARD, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
  three_days: [...STANDARD, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 28 * HOUR],
};

/** A delivery fails after this many attempts in a row that were lost or failed through our own fault. */
export const MAX_INTERRUPTIONS = 10;
