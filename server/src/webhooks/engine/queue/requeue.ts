import type { EntityManager } from 'typeorm';
import { AppError } from '../../../lib/app-error.js';
import type { DeliveryState } from '../../model/delivery.entity.js';

/*
 * Makes deliveries due again, for a person or a recovery, in the transaction of the caller. Takes locks in the order of
 * delivery-queue.ts.
 */

interface Requeue {
  agencyId: string;
  deliveryIds: readonly string[];
  /** Deliveries in other states count as not found; default: all states. */
  states?: readonly DeliveryState[];
  /** Webhooks that have a probe already. */
  probed?: readonly string[];
  /** Does nothing if one of their webhooks was turned off or deleted, while that can be undone. */
  awaitsUndo?: boolean;
}

export interface QueuedDelivery {
  id: string;
  webhook_id: string;
}

export interface Requeued {
  /** In the order of their ids. */
  requeued: QueuedDelivery[];
  /** By id: AppError not_found, bad_request (a test), purged, webhook_off, cancelled or delivery_in_flight. */
  refused: Map<string, AppError>;
  /** Nothing was done, because of `awaitsUndo`. */
  waits: boolean;
}

interface Resendable {
  id: string;
  event_id: string;
  test: boolean;
  state: DeliveryState;
  is_active: boolean;
  is_deleted: boolean;
  is_undoable: boolean;
}

const KNOWN_SQL = 'select event_id, webhook_id from all_deliveries where agency_id = $1 and id = any($2)';

/** Locks the messages that exist, so that an erasure runs before this or sees its result. */
export const LOCK_MESSAGES_SQL = /* sql */ `
select id from webhook_events where agency_id = $1 and id = any($2) and body is not null order by id for share`;

/** Locks the health rows that may be changed before the rows of the log, as settle does. */
const LOCK_CLOSED_SQL = /* sql */ `
select from webhook_health where agency_id = $1 and webhook_id = any($2) and closed_until is not null
order by webhook_id for update`;

/** Serialises concurrent resends: the second sees the result of the first. */
const LOCK_SQL = 'select from webhook_deliveries where agency_id = $1 and id = any($2) order by id for update';

const FIND_SQL = /* sql */ `
select d.id, d.event_id, d.test, d.state, w.is_active, w.deleted_at is not null as is_deleted,
  coalesce(w.undo_until > now(), false) as is_undoable
from all_deliveries d join webhooks w on w.id = d.webhook_id
where d.agency_id = $1 and d.id = any($2) and ($3::text[] is null or d.state = any($3)) order by d.id`;

/** Now; for hourly and daily messages the time of the last one, so that the delivery does not wait for the next. */
export const DUE = /* sql */ `coalesce((
    select least(now(), greatest(f.cutoff_at, now() - interval '2 days')) from webhook_flow f
    where f.webhook_id = q.webhook_id), now())`;

/**
 * $1 is the agency, $2 are deliveries, $3 webhooks that get no probe. A planned retry keeps its plan, other deliveries
 * start theirs again; attempt numbers continue. The first attempt moves from the row of the log to webhook_attempts.
 */
const REQUEUE_SQL = /* sql */ `
with pending as materialized (
  select delivery_id from webhook_queue where agency_id = $1 and delivery_id = any($2)
), free as materialized (
  select delivery_id, lease_until from webhook_queue where agency_id = $1 and delivery_id = any($2)
  order by delivery_id for update skip locked
), sooner as (
  update webhook_queue q set due_at = ${DUE}
  where q.delivery_id = any(array(select delivery_id from free where lease_until is null or lease_until < now()))
  returning q.delivery_id, q.webhook_id, q.logged
), queued as (
  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, attempt, logged, due_at)
  select id, agency_id, webhook_id, event_id, event_type, attempts, true, ${DUE} from webhook_deliveries q
  where agency_id = $1 and id = any($2) and id not in (select delivery_id from pending) order by id
  returning delivery_id, webhook_id, logged
), done as materialized (
  select * from sooner union all select * from queued
), probes as (
  select distinct on (webhook_id) webhook_id, delivery_id from done
  where webhook_id <> all($3) order by webhook_id, delivery_id
), paused as (
  select h.webhook_id, p.delivery_id from webhook_health h join probes p on p.webhook_id = h.webhook_id
  where h.closed_until is not null order by h.webhook_id for update of h skip locked
), resumed as (
  update webhook_health h set probe_delivery_id = p.delivery_id,
    paused_until = case when h.paused_until is not null then least(h.paused_until, now()) end,
    held_until = case when h.held_until is not null then least(h.held_until, now()) end
  from paused p where h.webhook_id = p.webhook_id
), moved as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, fenced, status,
    duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail, version, release, signed_at,
    signatures, response_headers, response_body, response_truncated, response_encoding, certificate_expired_at,
    group_id)
  select a.* from all_attempts a
  where a.agency_id = $1 and a.n = 1 and a.delivery_id = any(array(
    select d.id from webhook_deliveries d
    where d.agency_id = $1 and d.id = any(array(select delivery_id from queued)) and d.started_at is not null))
), requeued as (
  update webhook_deliveries d set next_attempt_at = now(),
    state = case when d.state in ('retrying', 'delivered') then d.state else 'waiting' end,
    finished_at = case when d.state = 'delivered' then d.finished_at end,
    started_at = null, first_byte_ms = null, version = null, release = null, signed_at = null, unusual = null,
    response_headers = null, response_body = null
  where d.agency_id = $1 and d.id = any(array(select delivery_id from done where logged))
)
select delivery_id as id, webhook_id, pg_notify('bpoc_due', '') from done order by delivery_id`;

/** Makes deliveries due now. One for each paused or held webhook becomes its probe, the others wait. */
export async function requeue(
  manager: EntityManager,
  { agencyId, deliveryIds, states, probed = [], awaitsUndo = false }: Requeue,
): Promise<Requeued> {
  const known = await manager.query<{ event_id: string; webhook_id: string }[]>(KNOWN_SQL, [agencyId, deliveryIds]);
  const idsOf = (column: 'event_id' | 'webhook_id') => [...new Set(known.map((row) => row[column]))];
  const messages = await manager.query<{ id: string }[]>(LOCK_MESSAGES_SQL, [agencyId, idsOf('event_id')]);
  const stored = new Set(messages.map(({ id }) => id));
  await manager.query(LOCK_CLOSED_SQL, [agencyId, idsOf('webhook_id')]);
  await manager.query(LOCK_SQL, [agencyId, deliveryIds]);
  const found = await manager.query<Resendable[]>(FIND_SQL, [agencyId, deliveryIds, states ?? null]);
  if (awaitsUndo && found.some(({ is_undoable: is }) => is)) return { requeued: [], refused: new Map(), waits: true };
  const allowed = found.filter((delivery) => !refusalOf(delivery, stored)).map(({ id }) => id);
  const requeued = await manager.query<QueuedDelivery[]>(REQUEUE_SQL, [agencyId, allowed, probed]);
  const byId = new Map(found.map((delivery) => [delivery.id, delivery]));
  const done = new Set(requeued.map(({ id }) => id));
  const refused = deliveryIds.filter((id) => !done.has(id)).map((id) => [id, refusalOf(byId.get(id), stored)] as const);
  return { requeued, refused: new Map(refused.map(([id, refusal]) => [id, refusal ?? inFlight()])), waits: false };
}

const inFlight = () =>
  new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');

function refusalOf(delivery: Resendable | undefined, stored: ReadonlySet<string>): AppError | null {
  if (!delivery) return new AppError('not_found', 'Delivery not found.');
  if (delivery.test) return new AppError('bad_request', 'A test cannot be resent: send a new one.');
  if (!stored.has(delivery.event_id))
    return new AppError('purged', 'The contents of this delivery were erased, so it cannot be sent again.');
  if (delivery.is_deleted) return new AppError('webhook_off', 'This webhook was deleted, so nothing is sent to it.');
  if (!delivery.is_active) return new AppError('webhook_off', 'This webhook is off. Turn it on, then send again.');
  if (delivery.state === 'cancelled') return new AppError('cancelled', 'This delivery was cancelled, which is final.');
  return null;
}
