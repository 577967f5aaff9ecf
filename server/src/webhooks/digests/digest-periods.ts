/* When digests are sent, by the time of UTC: an agency has no time zone, and one message must mean the same to all. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A working day begins then, or has begun, from Manila to Lisbon. */
const SENT_AT_MS = 6 * HOUR_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** A server that was down for longer leaves it out: nothing in it is news. */
const LATE_MS = 12 * HOUR_MS;

export type DigestKind = 'weekly' | 'daily';

/** In milliseconds since 1970; `to` is when it is sent. */
export interface Period {
  from: number;
  to: number;
}

/** The period whose digest is sent now: a day until 6:00, a week until Monday 6:00. null: too late for the last. */
export function periodAt(kind: DigestKind, nowMs: number): Period | null {
  const [length, offset] = kind === 'daily' ? [DAY_MS, SENT_AT_MS] : [7 * DAY_MS, FIRST_MONDAY_MS + SENT_AT_MS];
  const to = Math.floor((nowMs - offset) / length) * length + offset;
  return nowMs - to < LATE_MS ? { from: to - length, to } : null;
}
