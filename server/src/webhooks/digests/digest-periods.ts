import { HOUR_MS, DAY_MS } from '../../lib/time.js';

/* When digests are sent, in UTC: an agency has no time zone, and a digest must mean the same to all its readers. */

/** A working day is about to begin, or has begun, from Manila to Lisbon. */
const SENT_AT_MS = 6 * HOUR_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** A digest that is later than that, after an outage, is not sent: it is no longer news. */
const LATE_MS = 12 * HOUR_MS;

export type DigestKind = 'weekly' | 'daily';

/** In milliseconds since 1970; `to` is when it is sent. */
export interface Period {
  from: number;
  to: number;
}

/**
 * The period whose digest is due: a day until 6:00, a week until Monday 6:00. null: it is too late for the last one.
 */
export function periodAt(kind: DigestKind, nowMs: number): Period | null {
  const [length, offset] = kind === 'daily' ? [DAY_MS, SENT_AT_MS] : [7 * DAY_MS, FIRST_MONDAY_MS + SENT_AT_MS];
  const to = Math.floor((nowMs - offset) / length) * length + offset;
  return nowMs - to < LATE_MS ? { from: to - length, to } : null;
}
