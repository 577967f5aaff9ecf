import type { RetryPlan } from '../../model/retry-plans.js';
import type { ClaimedDelivery } from './claimed-delivery.js';
import type { SignedRequest } from '../send/message-headers.js';
import type { Outcome } from '../send/outcome.js';
import type { Decision } from '../send/retry-policy.js';

/** The request as the log describes it. */
export interface SentRequest extends SignedRequest {
  /** Of the configuration. */
  version: number;
}

/** A request and its outcome. */
export interface SentAttempt {
  startedAtMs: number;
  outcome: Outcome;
  /** null: nothing was sent, because the configuration could not be read. */
  request: SentRequest | null;
  /** The retry plan of the webhook. */
  plan: RetryPlan;
}

/** A finished attempt with its decision: the input of settle. */
export interface AttemptRecord extends Omit<SentAttempt, 'plan'> {
  delivery: ClaimedDelivery;
  decision: Decision;
  /** Milliseconds for which the receiver asked that nothing is sent; null: it did not. */
  holdMs: number | null;
  /** The request carried several deliveries; `lead` is the one that keeps its answer. */
  group?: { id: string; lead: string };
}
