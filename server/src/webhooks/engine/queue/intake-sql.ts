import { hash } from 'node:crypto';
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
import { REFERENCE_COLUMN, referenceHash, type ReferenceColumn } from '../../../events/reference-hash.js';
import { deliveryId } from '../../model/delivery-id.js';
import type { AgencyRoutes, Route } from '../routes.js';
import type { ClaimedDelivery, Slots } from './claimed-delivery.js';

/** Lease of the rows that this process claims at once. */
export interface Lease {
  token: string;
  leaseMs: number;
}

/*
 * The ordinary way: who gets what was decided here, by the routes of the agencies, and the SQL function publish_batch
 * only stores. What it cannot store, PUBLISH_ANY_SQL does.
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
    ...eventColumns(events),
    ...referenceColumns(events),
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

/*
 * The careful statement: it finds out itself who gets which event, so it serves the transaction of a caller,
 * and whatever publish_batch could not store. Events, keys of publishers and queue rows, claimed at once if this
 * process has free slots; rows of the log only for webhooks that are off.
 */
export const PUBLISH_ANY_SQL = /* sql */ `
with input as materialized (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
      $8::uuid[], $9::bytea[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $26::text[])
    with ordinality as t(id, agency_id, type, occurred_at, body, subject_kind, subject_id, key, hash,
      ref1, ref2, ref3, ref4, ref5, traceparent, n)
), known as materialized (
  select i.* from input i join agencies a on a.id = i.agency_id
), matched as materialized (
  select k.id as event_id, k.agency_id, k.n, w.webhook_id, w.version, w.is_active,
    w.is_active and not w.closed as sendable
  from known k cross join lateral webhooks_for_event(k.agency_id, k.type) w
  where not exists (
    select from unnest($24::int[], $25::uuid[]) as x(n, webhook_id) where x.n = k.n and x.webhook_id = w.webhook_id)
), counted as (
  select event_id, count(*) filter (where is_active) as deliveries, count(*) filter (where not is_active) as skipped
  from matched group by event_id
), keyed as (
  -- Waits for a concurrent publisher of the same key and then does nothing; sorted, so two batches cannot deadlock.
  insert into publish_keys (key, agency_id, hash, event_id, deliveries, skipped)
  select k.key, k.agency_id, k.hash, k.id, coalesce(c.deliveries, 0), coalesce(c.skipped, 0)
  from known k left join counted c on c.event_id = k.id where k.key is not null order by k.key
  on conflict do nothing returning key
), accepted as materialized (
  select k.* from known k left join keyed y on y.key = k.key where k.key is null or y.key is not null
), events as (
  insert into webhook_events (agency_id, id, type, occurred_at, subject_kind, subject_id, ref1, ref2, ref3, ref4, ref5,
    body, traceparent)
  select agency_id, id, type, occurred_at, subject_kind, subject_id, ref1, ref2, ref3, ref4, ref5, body, traceparent
  from accepted
), candidates as (
  select m.*, a.type, delivery_id(m.event_id, m.webhook_id) as id,
    m.sendable
      and row_number() over (partition by m.webhook_id, m.sendable order by m.n) <= coalesce(w.slots, $18)
      and row_number() over (partition by m.agency_id, m.sendable order by m.n) <= coalesce(g.slots, $19) as fits
  from matched m join accepted a on a.id = m.event_id
  left join unnest($20::uuid[], $21::int[]) as w(id, slots) on w.id = m.webhook_id
  left join unnest($22::uuid[], $23::int[]) as g(id, slots) on g.id = m.agency_id
), pending as materialized (
  select c.*, c.fits and row_number() over (partition by c.fits order by c.n) <= $17 as claimed from candidates c
), skipped as (
  insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, last_reason, finished_at)
  select agency_id, id, webhook_id, event_id, type, 'skipped', 'webhook_off', now() from pending where not is_active
), queue as (
  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, attempt, token,
    lease_until)
  select id, agency_id, webhook_id, event_id, type, case when not claimed then now() end, claimed::int,
    case when claimed then $15::uuid end, case when claimed then now() + $16 * interval '1 millisecond' end
  from pending where is_active
)
select i.n::int, k.id is not null as known, a.id is not null as accepted, p.id as delivery_id, p.webhook_id, p.version,
  p.is_active as pending, p.sendable as due, p.claimed
from input i left join known k on k.n = i.n left join accepted a on a.n = i.n left join pending p on p.event_id = a.id
order by i.n`;

/** A row of the answer: one per delivery, or one for an event without deliveries. */
export interface IntakeRow {
  /** Position of the event in the batch, from 1. */
  n: number;
  /** Whether the agency exists. */
  known: boolean;
  /** False with `known` true: the key was used before. */
  accepted: boolean;
  delivery_id: string | null;
  webhook_id: string | null;
  version: number | null;
  /** False: the webhook is off, so the delivery is skipped. */
  pending: boolean | null;
  /** Pending, and the webhook is neither paused, held nor paced. */
  due: boolean | null;
  claimed: boolean | null;
}

/** A webhook whose conditions an event does not meet. `n`: position of the event, from 1. */
export interface LeftOut {
  n: number;
  webhookId: string;
}

export function intakeParameters(
  events: readonly PublishableEvent[],
  slots: Slots,
  { token, leaseMs }: Lease,
  leftOut: readonly LeftOut[],
): unknown[] {
  return [
    ...eventColumns(events),
    uuidArray(events.map((event) => (event.key ? publishKey(event.agencyId, event.key.value) : null))),
    bytesArray(events.map((event) => event.key?.hash ?? null)),
    ...referenceColumns(events),
    token,
    leaseMs,
    slots.free,
    slots.perWebhook,
    slots.perAgency,
    uuidArray([...slots.webhooks.keys()]),
    intArray([...slots.webhooks.values()]),
    uuidArray([...slots.agencies.keys()]),
    intArray([...slots.agencies.values()]),
    intArray(leftOut.map(({ n }) => n)),
    uuidArray(leftOut.map(({ webhookId }) => webhookId)),
    tracesOf(events),
  ];
}

/** What both statements begin an event with. */
function eventColumns(events: readonly PublishableEvent[]): unknown[] {
  return [
    uuidArray(events.map((event) => event.id)),
    uuidArray(events.map((event) => event.agencyId)),
    textArray(events.map((event) => event.type)),
    timeArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.body)),
    textArray(events.map((event) => event.subject?.kind ?? null)),
    textArray(events.map((event) => event.subject?.id ?? null)),
  ];
}

function referenceColumns(events: readonly PublishableEvent[]): unknown[] {
  return ([1, 2, 3, 4, 5] as const).map((column) => bigintArray(events.map((event) => referenceIn(event, column))));
}

/** null, which the statements fill up, unless one of them has a trace. */
function tracesOf(events: readonly PublishableEvent[]): Buffer | null {
  if (events.every(({ traceparent }) => traceparent === null)) return null;
  return textArray(events.map(({ traceparent }) => traceparent));
}

/** The primary key of publish_keys for the key of a publisher. */
export function publishKey(agencyId: string, key: string): string {
  const digits = hash('sha256', `${agencyId} ${key}`, 'hex');
  return [8, 12, 16, 20, 32].map((end, n) => digits.slice([0, 8, 12, 16, 20][n], end)).join('-');
}

/** The hash of what the event refers to in that column of webhook_events. */
function referenceIn({ agencyId, references }: PublishableEvent, column: ReferenceColumn): bigint | null {
  const reference = references.find(({ kind }) => REFERENCE_COLUMN[kind] === column);
  return reference ? referenceHash(agencyId, reference.kind, reference.value) : null;
}

/** A delivery that intake claims for this process. */
export function claimedDelivery(
  event: PublishableEvent,
  { id, webhookId, version }: { id: string; webhookId: string; version: number },
  token: string,
): ClaimedDelivery {
  return {
    deliveryId: id,
    agencyId: event.agencyId,
    webhookId,
    version,
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
