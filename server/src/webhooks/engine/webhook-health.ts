/*
 * Decides when a webhook is paused or switched off. Pure: the facts come from the row of webhook_health after a settle,
 * with ages by the database clock. Resuming needs no decision: settle ends a pause when an attempt succeeds.
 */

/** Columns of the row that settle returns. */
export interface HealthFacts {
  /** Attempts that failed since the last success. */
  failures_in_a_row: number;
  /** Age of the first of those failures; null without one. */
  failing_for_ms: number | null;
  /** The same for failures that are about the receiver, not about a message. */
  down_attempts: number;
  down_for_ms: number | null;
  /** Deliveries that failed because of such failures since the last success. */
  failed_deliveries_in_a_row: number;
  paused: boolean;
}

export type HealthVerdict = 'steady' | 'pause' | 'switch_off';

const PAUSE_AFTER_DELIVERIES = 5;
const ENOUGH_ATTEMPTS = 20;
const PAUSE_AFTER_MS = 30_000;
/** A webhook that fails for this long without a success is switched off. */
export const SWITCH_OFF_AFTER_MS = 5 * 86_400_000;
/** Its owner is warned this long before that. */
export const WARN_BEFORE_MS = 86_400_000;

/** `delayScale` shortens the times, never the counts. One failure after a long silence never switches a webhook off. */
export function judge(facts: HealthFacts, delayScale: number): HealthVerdict {
  const { failing_for_ms: failingMs, down_for_ms: downMs, down_attempts: downAttempts } = facts;
  if (failingMs === null) return 'steady';
  if (facts.failures_in_a_row >= ENOUGH_ATTEMPTS && failingMs >= SWITCH_OFF_AFTER_MS * delayScale) return 'switch_off';
  const unbroken = downAttempts >= ENOUGH_ATTEMPTS && downMs !== null && downMs >= PAUSE_AFTER_MS * delayScale;
  const down = unbroken || facts.failed_deliveries_in_a_row >= PAUSE_AFTER_DELIVERIES;
  return down && !facts.paused ? 'pause' : 'steady';
}

const FIRST_PROBE_MS = 30_000;
const LAST_PROBE_MS = 30 * 60_000;

/** Milliseconds until the next probe: 30 s, doubling to 30 min. `probes` counts those already sent in this pause. */
export function probeDelayMs(probes: number, delayScale: number): number {
  return Math.min(FIRST_PROBE_MS * 2 ** Math.min(probes, 10), LAST_PROBE_MS) * delayScale;
}
