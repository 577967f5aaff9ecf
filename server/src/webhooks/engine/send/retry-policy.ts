import { MAX_INTERRUPTIONS, RETRY_DELAYS_MS, type RetryPlan } from '../../model/retry-plans.js';
import type { Outcome } from './outcome.js';

/* Decides what follows an attempt. Pure: time and randomness are passed in. */

const HOUR = 3_600_000;
const RETRY_AFTER_CAP_MS = 6 * HOUR;
const JITTER = 0.1;
/** The delay after our own fault, doubling up to an hour. Ten of them last 85 minutes. */
const FAULT_DELAY_MS = 10_000;
/** The hold after 429 without `Retry-After`, doubling. */
const FIRST_HOLD_MS = 30_000;
const LAST_HOLD_MS = 15 * 60_000;
/** For this long a receiver may answer 429 before that counts as a failure. */
const HOLDS_ARE_FREE_MS = 24 * HOUR;

/** `again` and `hold` are retries that the plan does not count. */
export type Decision =
  | { kind: 'delivered' }
  | { kind: 'retry'; delayMs: number }
  | { kind: 'again'; delayMs: number }
  | { kind: 'hold'; delayMs: number }
  | { kind: 'failed' }
  | { kind: 'switch_off' };

export interface Situation {
  plan: RetryPlan;
  /** Settled failures of this plan before the attempt. */
  failures: number;
  /** Attempts in a row before this one that were lost or failed through our own fault. */
  interruptions: number;
  /** Set if the attempt was the probe of a held webhook. */
  held: Held | null;
  nowMs: number;
  /** From 0 up to 1. Lengthens a delay, by at most 10 %. */
  random: number;
  /** DELAY_SCALE, which does not apply to delays that the receiver asked for. */
  delayScale: number;
}

/** A held webhook: the number of successive holds, and how long they have lasted. */
export interface Held {
  holds: number;
  forMs: number;
}

/** How long a 429 holds the webhook: as it says, at most 6 hours; or 30 s, doubling to 15 min. null: it was no 429. */
export function holdMs(outcome: Outcome, { held, nowMs, delayScale }: Omit<Situation, 'plan'>): number | null {
  if (outcome.kind === 'succeeded' || outcome.after !== 'hold') return null;
  const unasked = Math.min(FIRST_HOLD_MS * 2 ** Math.min(held?.holds ?? 0, 10), LAST_HOLD_MS) * delayScale;
  return retryAfterMs(outcome.retryAfter, nowMs) || Math.ceil(unasked);
}

/**
 * The decision for a settled attempt. Interrupted attempts are never passed in: the plan counts settled failures only.
 */
export function decide(outcome: Outcome, situation: Situation): Decision {
  const { plan, failures, held, nowMs, random, delayScale } = situation;
  if (outcome.kind === 'succeeded') return { kind: 'delivered' };
  const hold = holdMs(outcome, situation);
  if (hold !== null && (held?.forMs ?? 0) < HOLDS_ARE_FREE_MS * delayScale) return { kind: 'hold', delayMs: hold };
  if (outcome.after === 'switch_off') return { kind: 'switch_off' };
  if (outcome.after === 'again') return afterOurFault(situation);
  if (outcome.after === 'shorten') return { kind: 'retry', delayMs: 0 };
  const planned = RETRY_DELAYS_MS[plan][failures];
  if (outcome.after === 'final' || planned === undefined) return { kind: 'failed' };
  const delayMs = planned * delayScale * (1 + JITTER * random);
  return { kind: 'retry', delayMs: Math.ceil(Math.max(delayMs, retryAfterMs(outcome.retryAfter, nowMs))) };
}

/** Not a failure of the receiver, so neither the plan nor the health counts it. Bounded, as lost attempts are. */
function afterOurFault({ interruptions, random, delayScale }: Situation): Decision {
  if (interruptions + 1 >= MAX_INTERRUPTIONS) return { kind: 'failed' };
  const delayMs = Math.min(FAULT_DELAY_MS * 2 ** interruptions, HOUR) * delayScale * (1 + JITTER * random);
  return { kind: 'again', delayMs: Math.ceil(delayMs) };
}

/**
 * `Retry-After` (RFC 9110 §10.2.3: seconds or an HTTP date) in milliseconds from now, at most 6 hours; 0 for invalid
 * values and times in the past. Of several values, which proxies may add, the longest counts.
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  // The comma within a date follows the name of its day.
  const waits = header.split(/(?<!day|Mon|Tue|Wed|Thu|Fri|Sat|Sun),/).map((text) => waitMs(text.trim(), nowMs));
  return Math.min(Math.max(0, ...waits), RETRY_AFTER_CAP_MS);
}

function waitMs(text: string, nowMs: number): number {
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : httpDate(text) - nowMs;
  return Number.isNaN(wait) ? 0 : wait;
}

function httpDate(text: string): number {
  // Date.parse also accepts "-5" and "2", but HTTP dates begin with the name of a day.
  return /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
}
