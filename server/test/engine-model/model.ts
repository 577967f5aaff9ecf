import { expect } from '@jest/globals';
import type { DeliveryState } from '../../src/webhooks/model/delivery.entity.js';
import type { AttemptRecord } from '../../src/webhooks/engine/queue/attempt-record.js';
import type { ClaimedDelivery } from '../../src/webhooks/engine/queue/claimed-delivery.js';
import type { AfterFailure, Outcome } from '../../src/webhooks/engine/send/outcome.js';
import type { Reason } from '../../src/webhooks/model/reasons.js';
import { MAX_INTERRUPTIONS } from '../../src/webhooks/model/retry-plans.js';

/* A model of the delivery states: the expected effect of everything that happens, without a database. */

export interface Pending {
  failures: number;
  interruptions: number;
  due: boolean;
  /** Token of the claim that holds it. */
  lease: string | null;
  /** The lease of that claim has expired. */
  lost: boolean;
  attempt: number;
  /** Of the deliveries that one request carries. */
  group: string | null;
}

export interface ModelDelivery {
  webhookId: string;
  eventId: string;
  state: DeliveryState;
  reason: string | null;
  pending: Pending | null;
  /** Attempts by number. */
  attempts: Map<number, string>;
  /** Number of the last attempt, as stored in the delivery. */
  last: number;
  /** It has a row in the log; before, its attempts are those that its queue row counts. */
  logged: boolean;
  finished: boolean;
  /** As it was first read from the database; it must not change. */
  finishedAt: number | null;
  /** The delivery whose message carried it. */
  deliveredIn: string | null;
}

/** Pace: its requests take turns. */
export interface Flow {
  oneByOne: boolean;
  /** If more deliveries than this wait, they go as one group. */
  groupOver: number | null;
  /** Its next turn: now, after the interval, or when the lease of the request in flight ends. */
  next: 'due' | 'interval' | 'lease';
  /** Of the request in flight. */
  turn: string | null;
}

export interface ModelWebhook {
  on: boolean;
  deleted: boolean;
  paused: boolean;
  /** The pause lets a probe through. */
  pauseDue: boolean;
  /** Number of the hold; 0: it is not held. */
  holds: number;
  holdDue: boolean;
  /** null: it has no pace. */
  flow: Flow | null;
}

export interface Model {
  webhooks: Map<string, ModelWebhook>;
  deliveries: Map<string, ModelDelivery>;
  /** The reference by which each event can be erased. */
  events: Map<string, { applicationId: string; erased: boolean }>;
  /** Claims that some worker thinks it holds. */
  held: ClaimedDelivery[];
}

const open = { paused: false, pauseDue: false, holds: 0, holdDue: false };

export const isClosed = ({ paused, holds }: ModelWebhook) => paused || holds > 0;
export const probeIsDue = (webhook: ModelWebhook) =>
  isClosed(webhook) && (!webhook.paused || webhook.pauseDue) && (webhook.holds === 0 || webhook.holdDue);

/** Webhooks that are on and have had no event yet. */
export const modelOf = (webhooks: { id: string; flow?: Flow }[]): Model => ({
  webhooks: new Map(webhooks.map(({ id, flow }) => [id, { ...open, on: true, deleted: false, flow: flow ?? null }])),
  deliveries: new Map(),
  events: new Map(),
  held: [],
});

const timing = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 1 };
const answer = (status: number) => ({ status, headers: {}, body: '', encoding: 'utf-8' as const, truncated: false });
const failure = (reason: Reason, after: AfterFailure, status?: number): Outcome => ({
  kind: 'failed',
  reason,
  after,
  detail: null,
  retryAfter: null,
  answer: status === undefined ? null : answer(status),
  timing,
  reconnected: false,
});
export type OutcomeKind = 'ok' | 'error' | 'refused' | 'slow' | 'blocked' | 'gone' | 'ours';
export const OUTCOMES: Record<OutcomeKind, Outcome> = {
  ok: { kind: 'succeeded', reason: 'ok', answer: answer(200), timing, reconnected: false },
  error: failure('server_error', 'retry', 500),
  refused: failure('bad_request', 'retry', 422),
  slow: failure('rate_limited', 'hold', 429),
  blocked: failure('blocked_address', 'final'),
  gone: failure('gone', 'switch_off', 410),
  ours: failure('our_fault', 'again'),
};

export const claimable = (model: Model, delivery: ModelDelivery) => {
  const webhook = model.webhooks.get(delivery.webhookId)!;
  return (
    delivery.pending !== null &&
    delivery.pending.due &&
    (delivery.pending.lease === null || delivery.pending.lost) &&
    webhook.on &&
    !webhook.deleted
  );
};

/** A request with an expired lease was started: it is recorded, and its number is not used again. */
export function recordLost(delivery: ModelDelivery): void {
  if (delivery.pending!.lost) delivery.attempts.set(delivery.pending!.attempt, 'interrupted');
}

/** What one request carries. */
export const membersOf = (claimed: ClaimedDelivery): readonly ClaimedDelivery[] => claimed.group?.members ?? [claimed];

/** A worker takes a delivery, or a group of them. */
export function take(model: Model, claimed: ClaimedDelivery): void {
  const { flow } = model.webhooks.get(claimed.webhookId)!;
  const underWay = [...model.deliveries.values()].some((one) => one.webhookId === claimed.webhookId && isInFlight(one));
  if (flow?.oneByOne) expect(underWay).toBe(false);
  for (const member of membersOf(claimed)) takeOne(model, member, claimed.group?.id ?? null);
  model.held.push(claimed);
}

function takeOne(model: Model, claimed: ClaimedDelivery, group: string | null): void {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  const pending = delivery.pending!;
  // A group is sent as a whole, with members that are not due yet.
  expect(claimable(model, { ...delivery, pending: { ...pending, due: pending.due || group !== null } })).toBe(true);
  expect(isExhausted(delivery) || isErased(model, delivery)).toBe(false);
  recordLost(delivery);
  if (pending.lost) pending.interruptions++;
  pending.attempt++;
  pending.lease = claimed.token;
  pending.lost = false;
  const { attempt, failures, interruptions } = pending;
  expect(claimed).toMatchObject({ attempt, failures, interruptions });
  pending.group = group;
}

export const isExhausted = ({ pending }: ModelDelivery) =>
  pending!.lost && pending!.interruptions >= MAX_INTERRUPTIONS - 1;
export const isErased = (model: Model, { eventId }: ModelDelivery) => model.events.get(eventId)!.erased;

export function end(delivery: ModelDelivery, state: DeliveryState, reason: string): void {
  if (delivery.state !== 'delivered') Object.assign(delivery, { state, reason });
  delivery.last = Math.max(delivery.last, delivery.pending!.attempt);
  delivery.pending = null;
  delivery.finished = true;
  delivery.logged = true;
}

/** Number of the last attempt that is over. */
export function lastOf({ logged, last, pending }: ModelDelivery): number {
  return logged ? last : pending!.attempt - (pending!.lease === null ? 0 : 1);
}

export const newlyPending = (attempt: number): Pending => ({
  failures: 0,
  interruptions: 0,
  due: true,
  lease: null,
  lost: false,
  attempt,
  group: null,
});

export const isInFlight = ({ pending }: ModelDelivery) => pending?.lease != null && !pending.lost;

export const holds = (model: Model, { deliveryId, token }: ClaimedDelivery) =>
  model.deliveries.get(deliveryId)!.pending?.lease === token;

/** Updates the model; returns what settle must return: of a group, what becomes of its first. */
export function settleInModel(model: Model, record: AttemptRecord): string {
  return membersOf(record.delivery).map((member) => settleOne(model, { ...record, delivery: member }, record))[0]!;
}

function settleOne(model: Model, { delivery: claimed, outcome, decision }: AttemptRecord, of: AttemptRecord): string {
  const delivery = model.deliveries.get(claimed.deliveryId)!;
  const webhook = model.webhooks.get(claimed.webhookId)!;
  const ours = holds(model, claimed);
  const lead = of.delivery.deliveryId;
  // A group has one success, of its first; the others name it.
  const carried = ours && outcome.kind === 'succeeded' && lead !== claimed.deliveryId;
  if (!carried) delivery.attempts.set(claimed.attempt, ours ? outcome.kind : `${outcome.kind} fenced`);
  if (!ours) return 'fenced';
  if (delivery.state !== 'delivered') delivery.deliveredIn = carried ? lead : null;
  // Also if it stays delivered: the reason is that of its last attempt.
  if (delivery.state === 'delivered') delivery.reason = outcome.reason;
  if (decision.kind === 'delivered') {
    webhook.paused = false;
    end(delivery, 'delivered', 'ok');
    return 'delivered';
  }
  const again = decision.kind === 'retry' || decision.kind === 'again' || decision.kind === 'hold';
  if (again && webhook.on && !webhook.deleted) {
    retryInModel(delivery, claimed, outcome.reason, decision.kind);
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

function retryInModel(
  delivery: ModelDelivery,
  claimed: ClaimedDelivery,
  reason: string,
  kind: 'retry' | 'again' | 'hold',
) {
  if (delivery.state !== 'delivered') Object.assign(delivery, { state: 'retrying', reason, finished: false });
  delivery.last = Math.max(delivery.last, claimed.attempt);
  delivery.logged = true;
  delivery.pending = {
    failures: claimed.failures + (kind === 'retry' ? 1 : 0),
    interruptions: kind === 'again' ? delivery.pending!.interruptions + 1 : 0,
    // The webhook waits, not the delivery.
    due: kind === 'hold',
    lease: null,
    lost: false,
    attempt: claimed.attempt,
    group: delivery.pending!.group,
  };
}

/** The answer ends the turn, unless another request has taken it. */
export function endTurnInModel(model: Model, { webhookId, turn }: ClaimedDelivery): void {
  const { flow } = model.webhooks.get(webhookId)!;
  if (flow?.oneByOne && flow.turn === turn) flow.next = 'interval';
}

/** The results of one webhook that one settle stored. */
export function holdInModel(webhook: ModelWebhook, records: readonly AttemptRecord[]): void {
  const numbers = (of: readonly AttemptRecord[]) => of.map(({ delivery }) => delivery.held?.holds ?? 0);
  const begun = Math.max(0, ...numbers(records.filter(({ holdMs }) => holdMs !== null)).map((n) => n + 1));
  const others = records.filter(({ holdMs, outcome }) => holdMs === null && outcome.reason !== 'our_fault');
  const answered = Math.max(-1, ...numbers(others));
  if (begun > Math.max(0, answered)) {
    if (begun > webhook.holds) Object.assign(webhook, { holds: begun, holdDue: false });
    // The longer of two holds counts.
    else webhook.holdDue = false;
  } else if (answered >= webhook.holds) webhook.holds = 0;
}

export function endErased(model: Model): void {
  for (const delivery of model.deliveries.values()) {
    if (!delivery.pending || isInFlight(delivery) || !isErased(model, delivery)) continue;
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
