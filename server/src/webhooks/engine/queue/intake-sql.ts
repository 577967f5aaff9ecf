import { bytesArray, intArray, textArray, timeArray, uuidArray } from '../../../database/binary-arrays.js';
import type { PublishableEvent } from '../../../events/publishable-event.js';
import type { ClaimedDelivery, Slots } from './claimed-delivery.js';

/*
 * The one statement of intake: events, references, idempotency keys, deliveries and queue rows of up to 200 events,
 * claimed at once if this process has free slots. One statement is one transaction and one round trip.
 */
export const INTAKE_SQL = /* sql */ `
with input as materialized (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::bytea[])
    with ordinality as t(id, agency_id, type, occurred_at, body, subject_kind, subject_id, key, hash, n)
), known as materialized (
  select i.* from input i join agencies a on a.id = i.agency_id
), matched as materialized (
  select k.id as event_id, k.agency_id, k.n, w.webhook_id, w.version, w.is_active,
    w.is_active and not w.closed as sendable
  from known k cross join lateral webhooks_for_event(k.agency_id, k.type) w
), counted as (
  select event_id, count(*) filter (where is_active) as deliveries, count(*) filter (where not is_active) as skipped
  from matched group by event_id
), keyed as (
  -- Waits for a concurrent publisher of the same key and then does nothing; sorted, so two batches cannot deadlock.
  insert into idempotency_keys (agency_id, operation, key, hash, result)
  select k.agency_id, 'publish', k.key, k.hash,
    k.id || ' ' || coalesce(c.deliveries, 0) || ' ' || coalesce(c.skipped, 0)
  from known k left join counted c on c.event_id = k.id where k.key is not null order by k.agency_id, k.key
  on conflict do nothing returning agency_id, key
), accepted as materialized (
  select k.* from known k left join keyed y on y.agency_id = k.agency_id and y.key = k.key
  where k.key is null or y.key is not null
), events as (
  insert into webhook_events (id, agency_id, type, occurred_at, subject_kind, subject_id, body)
  select id, agency_id, type, occurred_at, subject_kind, subject_id, body from accepted
), event_refs as (
  insert into event_references (agency_id, kind, value, event_id)
  select distinct a.agency_id, r.kind, r.value, a.id
  from unnest($10::int[], $11::text[], $12::text[]) as r(n, kind, value) join accepted a on a.n = r.n
), candidates as (
  select m.*, a.type, a.subject_kind, a.subject_id, delivery_id(m.event_id, m.webhook_id) as id,
    m.sendable
      and row_number() over (partition by m.webhook_id, m.sendable order by m.n) <= coalesce(w.slots, $16)
      and row_number() over (partition by m.agency_id, m.sendable order by m.n) <= coalesce(g.slots, $17) as fits
  from matched m join accepted a on a.id = m.event_id
  left join unnest($18::uuid[], $19::int[]) as w(id, slots) on w.id = m.webhook_id
  left join unnest($20::uuid[], $21::int[]) as g(id, slots) on g.id = m.agency_id
), pending as materialized (
  select c.*, c.fits and row_number() over (partition by c.fits order by c.n) <= $15 as claimed from candidates c
), deliveries as (
  insert into webhook_deliveries
    (id, agency_id, webhook_id, event_id, event_type, subject_kind, subject_id, state, last_reason,
      next_attempt_at, finished_at)
  select id, agency_id, webhook_id, event_id, type, subject_kind, subject_id,
    case when is_active then 'waiting' else 'skipped' end, case when not is_active then 'webhook_off' end,
    case when is_active then now() end, case when not is_active then now() end
  from pending
), queue as (
  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at, attempt, token, lease_until)
  select id, agency_id, webhook_id, event_id, now(), claimed::int,
    case when claimed then $13::uuid end, case when claimed then now() + $14 * interval '1 millisecond' end
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
  /** Pending, and the webhook is neither paused nor held. */
  due: boolean | null;
  claimed: boolean | null;
}

/** Lease of the rows that this process claims at once. */
export interface Lease {
  token: string;
  leaseMs: number;
}

export function intakeParameters(
  events: readonly PublishableEvent[],
  slots: Slots,
  { token, leaseMs }: Lease,
): unknown[] {
  const references = events.flatMap((event, index) =>
    event.references.map(({ kind, value }) => ({ n: index + 1, kind, value })),
  );
  return [
    uuidArray(events.map((event) => event.id)),
    uuidArray(events.map((event) => event.agencyId)),
    textArray(events.map((event) => event.type)),
    timeArray(events.map((event) => event.occurredAt)),
    textArray(events.map((event) => event.body)),
    textArray(events.map((event) => event.subject?.kind ?? null)),
    textArray(events.map((event) => event.subject?.id ?? null)),
    textArray(events.map((event) => event.key?.value ?? null)),
    bytesArray(events.map((event) => event.key?.hash ?? null)),
    intArray(references.map((reference) => reference.n)),
    textArray(references.map((reference) => reference.kind)),
    textArray(references.map((reference) => reference.value)),
    token,
    leaseMs,
    slots.free,
    slots.perWebhook,
    slots.perAgency,
    uuidArray([...slots.webhooks.keys()]),
    intArray([...slots.webhooks.values()]),
    uuidArray([...slots.agencies.keys()]),
    intArray([...slots.agencies.values()]),
  ];
}

export function claimedDelivery(event: PublishableEvent, row: IntakeRow, token: string): ClaimedDelivery {
  return {
    deliveryId: row.delivery_id!,
    agencyId: event.agencyId,
    webhookId: row.webhook_id!,
    version: row.version!,
    eventId: event.id,
    eventType: event.type,
    body: event.body,
    test: false,
    attempt: 1,
    failures: 0,
    interruptions: 0,
    held: null,
    token,
  };
}
