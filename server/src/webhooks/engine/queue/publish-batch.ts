import {
  bigintArray,
  booleanArray,
  bytesArray,
  intArray,
  textArray,
  timeArray,
  uuidArray,
} from '../../../database/binary-arrays.js';
import type { AcceptedEvent } from '../../../events/event-intake.js';
import type { PublishableEvent } from '../../../events/publishable-event.js';
import { deliveryId } from '../../model/delivery-id.js';
import type { AgencyRoutes, Route } from '../routes.js';
import type { Slots } from './claimed-delivery.js';
import { publishKey, referenceIn, tracesOf, type Lease } from './intake-sql.js';

/*
 * Intake of events whose deliveries were decided here, by the routes of their agencies: the SQL function publish_batch
 * only stores. What it cannot store, the statement of intake-sql.ts does.
 */

export const PUBLISH_BATCH_SQL = /* sql */ `
select moved, used from publish_batch($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
  $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::uuid[], $16::uuid[], $17::bytea[], $18::uuid[], $19::int[], $20::int[],
  $21::uuid[], $22::uuid[], $23::uuid[], $24::uuid[], $25::text[], $26::boolean[],
  $27::uuid[], $28::uuid[], $29::uuid[], $30::uuid[], $31::text[], $32, $33, $34, $35::text[])`;

/** SQLSTATE: a key was used before, and all events were to be stored or none. */
export const KEY_USED = 'BP002';

export interface PublishedRow {
  /** Agencies whose routes are not current: nothing was stored. */
  moved: string[] | null;
  /** Events whose key was used before: they were left out. */
  used: string[] | null;
}

/** A delivery to be made. */
export interface PlannedDelivery {
  id: string;
  event: PublishableEvent;
  route: Route;
  claimed: boolean;
}

/** What is to be stored. */
export interface PublishPlan {
  routes: ReadonlyMap<string, AgencyRoutes>;
  /** Answers, by event of a known agency. */
  answers: Map<PublishableEvent, AcceptedEvent>;
  pending: PlannedDelivery[];
  skipped: PlannedDelivery[];
  /** Webhooks whose conditions an event does not meet. */
  leftOut: { event: PublishableEvent; webhookId: string }[];
}

/** Decides who gets which event, and what of it this process may send at once. */
export function planOf(
  events: readonly PublishableEvent[],
  routes: ReadonlyMap<string, AgencyRoutes>,
  slots: Slots,
): PublishPlan {
  const room = new Room(slots);
  const plan: PublishPlan = { routes, answers: new Map(), pending: [], skipped: [], leftOut: [] };
  for (const event of events) {
    const ofAgency = routes.get(event.agencyId);
    if (!ofAgency) continue;
    const found = ofAgency.for(event);
    for (const { webhookId } of ofAgency.leftOut(event, found)) plan.leftOut.push({ event, webhookId });
    const answer = { id: event.id, deliveries: 0, skipped: 0 };
    plan.answers.set(event, answer);
    for (const route of found) {
      const claimed = route.isActive && !route.closed && !route.paced && room.take(route.webhookId, event.agencyId);
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

/** The free slots, while they are being given away. */
class Room {
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

export function publishParameters(
  { routes, answers, pending, skipped }: PublishPlan,
  { token, leaseMs }: Lease,
  { allOrNone }: { allOrNone: boolean },
): unknown[] {
  const events = [...answers.keys()];
  const keyed = events
    .flatMap((event) =>
      event.key ? [{ event, key: publishKey(event.agencyId, event.key.value), hash: event.key.hash }] : [],
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const agencies = [...routes];
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
    ...([1, 2, 3, 4, 5] as const).map((column) => bigintArray(events.map((event) => referenceIn(event, column)))),
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
