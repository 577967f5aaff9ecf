import type { ClaimedDelivery } from './claimed-delivery.js';
import type { Outcome } from '../send/outcome.js';
import type { Decision } from '../send/retry-policy.js';

/** A finished attempt with its decision: the input of settle. */
export interface AttemptRecord {
  delivery: ClaimedDelivery;
  startedAtMs: number;
  outcome: Outcome;
  decision: Decision;
  /** Milliseconds for which the receiver asked that nothing is sent; null: it did not. */
  holdMs: number | null;
  /** JSON of the headers that were sent, secrets masked. */
  requestHeaders: string;
}
