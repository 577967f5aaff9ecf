import type { EntityManager } from 'typeorm';
import { AppError } from '../../../lib/app-error.js';
import type { DeliveryState } from '../../model/delivery.entity.js';

/*
 * Requeues deliveries, for a user (through DeliveryQueue) or a recovery, in the transaction of the caller. Takes locks
 * in the order that delivery-queue.ts describes.
 */

export interface Requeue {
  agencyId: string;
  deliveryIds: readonly string[];
  /** Others count as not found; default: all states. */
  states?: readonly DeliveryState[];
  /** Webhooks that get no probe. */
  probed?: readonly string[];
}

export interface Requeued {
  /** By id. */
  requeued: { id: string; webhook_id: string }[];
  /** AppError not_found, bad_request (a test), purged, webhook_off, cancelled or delivery_in_flight. */
  refused: Map<string, AppError>;
}

interface Resendable {
  id: string;
  event_id: string;
  test: boolean;
  state: DeliveryState;
  is_active: boolean;
  is_deleted: boolean;
}

const FIND_SQL = 'select event_id, webhook_id from webhook_deliveries where id = any($1) and agency_id = $2';

/** Messages that exist, locked, so that an erasure runs before this or sees its result. */
const LOCK_MESSAGES_SQL = /* sql */ `
select id from webhook_events where id = any($1) and agency_id = $2 and body is not null order by id for share`;

const LOCK_CLOSED_SQL = /* sql */ `
select from webhook_health where webhook_id = any($1) and agency_id = $2 and closed_until is not null
order by webhook_id for update`;

/** Concurrent resends are serialised, and the second sees the result of the first. */
const LOCK_SQL = /* sql */ `
select d.id, d.event_id, d.test, d.state, w.is_active, w.deleted_at is not null as is_deleted
from webhook_deliveries d join webhooks w on w.id = d.webhook_id
where d.id = any($1) and d.agency_id = $2 and ($3::text[] is null or d.state = any($3))
order by d.id for update of d`;

/**
 * $1 are deliveries, $2 webhooks that get no probe. A planned retry keeps its plan; any other plan starts anew, and
 * attempt numbers continue.
 */
const REQUEUE_SQL = /* sql */ `
with idle as (
  select delivery_id from webhook_queue
  where delivery_id = any($1) and (lease_until is null or lease_until < now()) for update skip locked
), moved as (
  update webhook_queue q set due_at = now() where q.delivery_id = any (array(select delivery_id from idle))
  returning q.delivery_id, q.webhook_id
), added as (
  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at, attempt)
  select d.id, d.agency_id, d.webhook_id, d.event_id, now(), d.attempts from webhook_deliveries d
  where d.id = any($1) and not exists (select from webhook_queue q where q.delivery_id = d.id) order by d.id
  on conflict do nothing returning delivery_id, webhook_id
), queued as (
  select * from moved union all select * from added
), probes as (
  select distinct on (webhook_id) webhook_id, delivery_id from queued
  where webhook_id <> all($2) order by webhook_id, delivery_id
), closed as (
  select h.webhook_id, p.delivery_id from webhook_health h join probes p on p.webhook_id = h.webhook_id
  where h.closed_until is not null for update of h skip locked
), probed as (
  update webhook_health h set probe_delivery_id = p.delivery_id,
    paused_until = case when h.paused_until is not null then least(h.paused_until, now()) end,
    held_until = case when h.held_until is not null then least(h.held_until, now()) end
  from closed p where h.webhook_id = p.webhook_id
), requeued as (
  update webhook_deliveries d set next_attempt_at = now(),
    state = case when d.state in ('retrying', 'delivered') then d.state else 'waiting' end,
    finished_at = case when d.state = 'delivered' then d.finished_at end
  from queued q where d.id = q.delivery_id and d.id = any($1)
  returning d.id, d.webhook_id
)
select id, webhook_id, pg_notify('bpoc_due', '') from requeued order by id`;

/** Makes deliveries due now. One per webhook that is paused or held becomes its probe, the others wait. */
export async function requeue(
  manager: EntityManager,
  { agencyId, deliveryIds, states, probed = [] }: Requeue,
): Promise<Requeued> {
  const known = await manager.query<{ event_id: string; webhook_id: string }[]>(FIND_SQL, [deliveryIds, agencyId]);
  const idsOf = (column: 'event_id' | 'webhook_id') => [...new Set(known.map((row) => row[column]))];
  const messages = await manager.query<{ id: string }[]>(LOCK_MESSAGES_SQL, [idsOf('event_id'), agencyId]);
  await manager.query(LOCK_CLOSED_SQL, [idsOf('webhook_id'), agencyId]);
  const found = await manager.query<Resendable[]>(LOCK_SQL, [deliveryIds, agencyId, states ?? null]);
  const stored = new Set(messages.map(({ id }) => id));
  const allowed = found.filter((delivery) => !refusalOf(delivery, stored)).map(({ id }) => id);
  const requeued = await manager.query<Requeued['requeued']>(REQUEUE_SQL, [allowed, probed]);
  const byId = new Map(found.map((delivery) => [delivery.id, delivery]));
  const done = new Set(requeued.map(({ id }) => id));
  const refused = deliveryIds.filter((id) => !done.has(id)).map((id) => [id, refusalOf(byId.get(id), stored)] as const);
  return { requeued, refused: new Map(refused.map(([id, refusal]) => [id, refusal ?? inFlight()])) };
}

const inFlight = () =>
  new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');

function refusalOf(delivery: Resendable | undefined, stored: ReadonlySet<string>): AppError | null {
  if (!delivery) return new AppError('not_found', 'There is no such delivery.');
  if (delivery.test) return new AppError('bad_request', 'A test is not sent again: send another test.');
  if (!stored.has(delivery.event_id))
    return new AppError('purged', 'The contents of this delivery were erased, so it cannot be sent again.');
  if (delivery.is_deleted)
    return new AppError('webhook_off', 'This webhook was deleted, so nothing is sent to it any more.');
  if (!delivery.is_active) return new AppError('webhook_off', 'This webhook is off. Turn it on, then send again.');
  if (delivery.state === 'cancelled') return new AppError('cancelled', 'This delivery was cancelled, which is final.');
  return null;
}
