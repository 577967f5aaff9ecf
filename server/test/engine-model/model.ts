import { expect } from '@jest/globals';
import type { DeliveryState } from '../../src/webhooks/model/delivery.entity.js';
import type { AttemptRecord } from '../../src/webhooks/engine/queue/attempt-record.js';
import type { ClaimedDelivery } from '../../src/webhooks/engine/queue/claimed-delivery.js';
import type { AfterFailure, Outcome } from '../../src/webhooks/engine/send/outcome.js';
import { MAX_INTERRUPTIONS } from '../../src/webhooks/model/retry-plans.js';

/* A model of the states page: what the engine should have made of everything that has happened. Knows no database. */

export interface Owed {
  failures: number;
  interruptions: number;
  due: boolean;
  /** The token of the claim that holds it. */
  lease: string | null;
  /** That claim's time ran out. */
  lost: boolean;
  attempt: number;
}

export interface ModelDelivery {
  webhookId: string;
  eventId: string;
  state: DeliveryState;
  reason: string | null;
  owed: Owed | null;
  /** Attempts by number. */
  attempts: Map<number, string>;
  /** Number of the last attempt, as the delivery says. */
  last: number;
  finished: boolean;
  /** When, as the database said at first: it must not say otherwise later. */
  finishedAt: number | null;
}

export interface ModelWebhook {
  on: boolean;
  deleted: boolean;
  paused: boolean;
  /** The time of the next probe has come. */
  probeDue: boolean;
}

export interface Model {
  webhooks: Map<string, ModelWebhook>;
  deliveries: Map<string, ModelDelivery>;
  /** The reference of each event, by which it is erased. */
  events: Map<string, { applicationId: string; erased: boolean }>;
  /** Claims that some worker believes it holds. */
  held: ClaimedDelivery[];
}

/** Webhooks that are on and have heard of nothing yet. */
export const modelOf = (webhookIds: string[]): Model => ({
  webhooks: new Map(webhookIds.map((id) => [id, { on: true, deleted: false, paused: false, probeDue: false }])),
  deliveries: new Map(),
  events: new Map(),
  held: [],
});

const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 1 };
const answer = (status: number) => ({ status, headers: {}, body: '', encoding: 'utf-8' as const, truncated: false });
const failure = (reason: 'our_fault' | 'gone' | 'blocked_address' | 'server_error', after: AfterFailure): Outcome => ({
  kind: 'failed',
  reason,
  after,
  detail: null,
  retryAfter: null,
  answer: reason === 'gone' ? answer(410) : reason === 'server_error' ? answer(500) : null,
  timing,
  reconnected: false,
});
export const OUTCOMES: Record<'ok' | 'error' | 'blocked' | 'gone' | 'ours', Outcome> = {
  ok: { kind: 'succeeded', reason: 'ok', answer: answer(200), timing, reconnected: false },
  error: failure('server_error', 'retry'),
  blocked: failure('blocked_address', 'final'),
  gone: failure('gone', 'switch_off'),
  ours: failure('our_fault', 'again'),
};

export const claimable = (model: Model, delivery: ModelDelivery) => {
  const webhook = model.webhooks.get(delivery.webhookId)!;
  return (
    delivery.owed !== null &&
    delivery.owed.due &&
    (delivery.owed.lease === null || delivery.owed.lost) &&
    webhook.on &&
    !webhook.deleted
  );
};

/** A request whose lease ran out was begun: it is recorded, and its number is not given again. */
export function recordLost(delivery: ModelDelivery): void {
  if (delivery.owed!.lost) delivery.attempts.set(delivery.owed!.attempt, 'interrupted');
}

/** What the model does when a worker takes a delivery. */
export function take(model: Model, claimed: ClaimedDelivery): void {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  expect(claimable(model, delivery)).toBe(true);
  expect(isHopeless(delivery) || isErased(model, delivery)).toBe(false);
  const owed = delivery.owed!;
  recordLost(delivery);
  if (owed.lost) owed.interruptions++;
  owed.attempt++;
  owed.lease = claimed.token;
  owed.lost = false;
  const { attempt, failures, interruptions } = owed;
  expect(claimed).toMatchObject({ attempt, failures, interruptions });
  model.held.push(claimed);
}

export const isHopeless = ({ owed }: ModelDelivery) => owed!.lost && owed!.interruptions >= MAX_INTERRUPTIONS - 1;
export const isErased = (model: Model, { eventId }: ModelDelivery) => model.events.get(eventId)!.erased;

export function end(delivery: ModelDelivery, state: DeliveryState, reason: string): void {
  if (delivery.state !== 'delivered') Object.assign(delivery, { state, reason });
  delivery.last = Math.max(delivery.last, delivery.owed!.attempt);
  delivery.owed = null;
  delivery.finished = true;
}

export const newlyOwed = (attempt: number): Owed => ({
  failures: 0,
  interruptions: 0,
  due: true,
  lease: null,
  lost: false,
  attempt,
});

export const isInFlight = ({ owed }: ModelDelivery) => owed?.lease != null && !owed.lost;

export const holds = (model: Model, { deliveryId, token }: ClaimedDelivery) =>
  model.deliveries.get(deliveryId)!.owed?.lease === token;

/** What settle must answer, with the model brought along. */
export function settleInModel(model: Model, { delivery: claimed, outcome, decision }: AttemptRecord): string {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  const webhook = model.webhooks.get(claimed.webhookId)!;
  const ours = holds(model, claimed);
  delivery.attempts.set(claimed.attempt, ours ? outcome.kind : `${outcome.kind} fenced`);
  if (!ours) return 'fenced';
  // Also where the delivery stays delivered: the reason is that of its last attempt.
  if (delivery.state === 'delivered') delivery.reason = outcome.reason;
  if (decision.kind === 'delivered') {
    webhook.paused = false;
    end(delivery, 'delivered', 'ok');
    return 'delivered';
  }
  const again = decision.kind === 'retry' || decision.kind === 'again';
  if (again && webhook.on && !webhook.deleted) {
    retryInModel(delivery, claimed, outcome.reason, decision.kind === 'again');
    if (isErased(model, delivery)) end(delivery, 'cancelled', 'erased');
    return 'retrying';
  }
  const [state, reason] = !again
    ? (['failed', outcome.reason] as const)
    : webhook.deleted
      ? (['cancelled', 'webhook_deleted'] as const)
      : (['skipped', 'webhook_off'] as const);
  end(delivery, state, reason);
  return state;
}

function retryInModel(delivery: ModelDelivery, claimed: ClaimedDelivery, reason: string, ours: boolean): void {
  if (delivery.state !== 'delivered') Object.assign(delivery, { state: 'retrying', reason, finished: false });
  delivery.last = Math.max(delivery.last, claimed.attempt);
  delivery.owed = {
    failures: claimed.failures + (ours ? 0 : 1),
    interruptions: ours ? delivery.owed!.interruptions + 1 : 0,
    due: false,
    lease: null,
    lost: false,
    attempt: claimed.attempt,
  };
}

export function endErased(model: Model): void {
  for (const delivery of model.deliveries.values()) {
    if (!delivery.owed || isInFlight(delivery) || !isErased(model, delivery)) continue;
    recordLost(delivery);
    end(delivery, 'cancelled', 'erased');
  }
}

export function refusalOfResend(model: Model, delivery: ModelDelivery): string | null {
  const { on, deleted } = model.webhooks.get(delivery.webhookId)!;
  if (isErased(model, delivery)) return 'purged';
  if (!on || deleted) return 'webhook_off';
  if (delivery.state === 'cancelled') return 'cancelled';
  return isInFlight(delivery) ? 'delivery_in_flight' : null;
}
