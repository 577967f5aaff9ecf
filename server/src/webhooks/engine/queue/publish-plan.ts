import { hash } from 'node:crypto';
import {
  bigintArray,
  booleanArray,
  bytesArray,
  intArray,
  textArray,
  timeArray,
  uuidArray,
  writeUuid,
} from '../../../database/binary-arrays.js';
import type { AcceptedEvent } from '../../../events/event-intake.js';
import type { PublishableEvent } from '../../../events/publishable-event.js';
import type { AgencyRoutes, Route } from '../routes.js';
import type { ClaimedDelivery, Lease, Slots } from './claimed-delivery.js';

/*
 * Plans what a batch of events is stored as: which webhooks get each event, by the routes of its agency, and which of
 * these deliveries this process claims. The SQL function publish_batch stores the plan. Pure.
 */

export const PUBLISH_BATCH_SQL = /* sql */ `
select moved, used from publish_batch($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
  $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::uuid[], $16::uuid[], $17::bytea[], $18::uuid[], $19::int[], $20::int[],
  $21::uuid[], $22::uuid[], $23::uuid[], $24::uuid[], $25::text[], $26::boolean[],
  $27::uuid[], $28::uuid[], $29::uuid[], $30::uuid[], $31::text[], $32, $33, $34, $35::text[])`;

/** SQLSTATE: a key was used before, so none of the events was stored. */
export const KEY_USED = 'BP002';

/** The columns of references, counted from 0. */
const REFERENCES = [0, 1, 2, 3, 4] as const;

export interface PublishedRow {
  /** Agencies whose routes are not current: nothing was stored. */
  moved: string[] | null;
  /** Events that were not stored, because their key was used before. */
  used: string[] | null;
}

/** A new delivery. */
export interface PlannedDelivery {
  id: string;
  event: PublishableEvent;
  route: Route;
  claimed: boolean;
}

/** What a statement is to store. */
export interface PublishPlan {
  routes: ReadonlyMap<string, AgencyRoutes>;
  /** Answers to publishers, by event of a known agency. */
  answers: Map<PublishableEvent, AcceptedEvent>;
  pending: PlannedDelivery[];
  skipped: PlannedDelivery[];
  /** Webhooks whose conditions an event does not meet. */
  leftOut: { event: PublishableEvent; webhookId: string }[];
}

/** Decides which webhooks get which event, and which of the deliveries this process claims. */
export function planOf(
  events: readonly PublishableEvent[],
  routes: ReadonlyMap<string, AgencyRoutes>,
  slots: Slots,
): PublishPlan {
  const free = new FreeSlots(slots);
  const plan: PublishPlan = { routes, answers: new Map(), pending: [], skipped: [], leftOut: [] };
  for (const event of events) {
    const ofAgency = routes.get(event.agencyId);
    if (!ofAgency) continue;
    const found = ofAgency.for(event);
    for (const { webhookId } of ofAgency.leftOut(event, found)) plan.leftOut.push({ event, webhookId });
    const answer = { id: event.id, deliveries: 0, skipped: 0 };
    plan.answers.set(event, answer);
    for (const route of found) {
      const claimed = route.isActive && !route.closed && !route.paced && free.take(route.webhookId, event.agencyId);
      const delivery = { id: deliveryId(event.id, route.webhookId), event, route, claimed };
      if (route.isActive) {
        plan.pending.push(delivery);
        answer.deliveries++;
      } else {
        plan.skipped.push(delivery);
        answer.skipped++;
      }
    }
  }
  return plan;
}

const pair = Buffer.alloc(32);

/**
 * The id of the delivery of an event to a webhook: there is exactly one, so the primary key makes the pair unique.
 * Equal to the SQL function delivery_id, as a test verifies.
 */
export function deliveryId(eventId: string, webhookId: string): string {
  writeUuid(pair, eventId, 0);
  writeUuid(pair, webhookId, 16);
  const digits = hash('sha256', pair, 'hex');
  const first = (0x80 | (pair[31]! & 0x3f)).toString(16);
  return `${eventId.slice(0, 19)}${first}${digits.slice(2, 4)}-${digits.slice(4, 16)}`;
}

/** The free slots that a plan gives away. */
class FreeSlots {
  #free: number;
  readonly #webhooks = new Map<string, number>();
  readonly #agencies = new Map<string, number>();

  constructor(private readonly slots: Slots) {
    this.#free = slots.free;
  }

  take(webhookId: string, agencyId: string): boolean {
    const { perWebhook, perAgency, webhooks, agencies } = this.slots;
    const ofWebhook = this.#webhooks.get(webhookId) ?? webhooks.get(webhookId) ?? perWebhook;
    const ofAgency = this.#agencies.get(agencyId) ?? agencies.get(agencyId) ?? perAgency;
    if (this.#free <= 0 || ofWebhook <= 0 || ofAgency <= 0) return false;
    this.#free--;
    this.#webhooks.set(webhookId, ofWebhook - 1);
    this.#agencies.set(agencyId, ofAgency - 1);
    return true;
  }
}

export interface PublishOptions {
  /** A key that was used before refuses all events; otherwise only its event is not stored. */
  allOrNone: boolean;
  /** Nothing is stored if the routes are no longer current. */
  compared: boolean;
}

export function publishParameters(
  { routes, answers, pending, skipped }: PublishPlan,
  { token, leaseMs }: Lease,
  { allOrNone, compared }: PublishOptions,
): unknown[] {
  const events = [...answers.keys()];
  const keyed = events
    .flatMap((event) =>
      event.key ? [{ event, key: publishKey(event.agencyId, event.key.value), hash: event.key.hash }] : [],
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const agencies = compared ? [...routes] : [];
  return [
    uuidArray(agencies.map(([id]) => id)),
    intArray(agencies.map(([, { version }]) => version)),
    uuidArray(events.map((event) => event.id)),
    uuidArray(events.map((event) => event.agencyId)),
    textArray(events.map((event) => event.type)),
    timeArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.body)),
    textArray(events.map((event) => event.subject?.kind ?? null)),
    textArray(events.map((event) => event.subject?.id ?? null)),
    ...REFERENCES.map((n) => bigintArray(events.map((event) => event.references[n]!))),
    uuidArray(keyed.map(({ key }) => key)),
    uuidArray(keyed.map(({ event }) => event.agencyId)),
    bytesArray(keyed.map(({ hash }) => hash)),
    uuidArray(keyed.map(({ event }) => event.id)),
    intArray(keyed.map(({ event }) => answers.get(event)!.deliveries)),
    intArray(keyed.map(({ event }) => answers.get(event)!.skipped)),
    ...deliveryColumns(pending),
    booleanArray(pending.map(({ claimed }) => claimed)),
    ...deliveryColumns(skipped),
    token,
    leaseMs,
    allOrNone,
    tracesOf(events),
  ];
}

function deliveryColumns(deliveries: readonly PlannedDelivery[]): unknown[] {
  return [
    uuidArray(deliveries.map(({ id }) => id)),
    uuidArray(deliveries.map(({ event }) => event.agencyId)),
    uuidArray(deliveries.map(({ route }) => route.webhookId)),
    uuidArray(deliveries.map(({ event }) => event.id)),
    textArray(deliveries.map(({ event }) => event.type)),
  ];
}

/** null, if none of the events has a trace. */
function tracesOf(events: readonly PublishableEvent[]): Buffer | null {
  if (events.every(({ traceparent }) => traceparent === null)) return null;
  return textArray(events.map(({ traceparent }) => traceparent));
}

/** Keeps the first event of each key. */
export function firstOfEachKey(events: readonly PublishableEvent[]): Set<PublishableEvent> {
  const seen = new Set<string>();
  return new Set(
    events.filter(({ agencyId, key }) => {
      if (!key) return true;
      const name = `${agencyId} ${key.value}`;
      if (seen.has(name)) return false;
      seen.add(name);
      return true;
    }),
  );
}

/** The primary key in publish_keys of a publisher's key. */
export function publishKey(agencyId: string, key: string): string {
  const digits = hash('sha256', `${agencyId} ${key}`, 'hex');
  return [8, 12, 16, 20, 32].map((end, n) => digits.slice([0, 8, 12, 16, 20][n], end)).join('-');
}

/** A delivery that intake has claimed for this process. */
export function claimedDelivery({ id, event, route }: PlannedDelivery, token: string): ClaimedDelivery {
  return {
    deliveryId: id,
    agencyId: event.agencyId,
    webhookId: route.webhookId,
    version: route.version,
    eventId: event.id,
    eventType: event.type,
    body: event.body,
    traceparent: event.traceparent,
    test: false,
    attempt: 1,
    failures: 0,
    interruptions: 0,
    logged: false,
    held: null,
    turn: null,
    group: null,
    token,
  };
}
