import type { EntityManager } from 'typeorm';
import { AppError } from '../../lib/app-error.js';
import { conditionsOf } from './delivery-filter.js';
import { REFERENCE_KINDS } from './filter-events.js';
import type { DeliveryState } from '../model/delivery.entity.js';
import type { Reason } from '../model/reasons.js';
import type { EventFilter } from './events-log.dto.js';

/*
 * What is read of events. The deliveries of an event share the first 64 bits of its id (SQL function delivery_id), so they are a range of ids in
 * one partition, and need no index on event_id.
 */

export interface EventRow {
  id: string;
  type: string;
  occurred_at: Date;
  accepted_at: Date;
  test: boolean;
  subject_kind: string | null;
  subject_id: string | null;
  size_bytes: number | null;
  purged_at: Date | null;
  deliveries: Partial<Record<DeliveryState, number>>;
}

export interface RecipientRow {
  id: string;
  url: string;
  description: string;
  is_active: boolean;
  deleted: boolean;
  created_later: boolean;
  deleted_before: boolean;
  subscribed: boolean;
  delivery_id: string | null;
  state: DeliveryState;
  attempts: number;
  last_status: number | null;
  last_reason: Reason | null;
}

const COLUMNS = `e.id, e.type, e.occurred_at, e.accepted_at, e.test, e.subject_kind, e.subject_id, octet_length(e.body) as size_bytes, e.purged_at`;

const sameTime = (id: string, rest: string) => `(left(${id}::text, 19) || '${rest}')::uuid`;
const ofEvent = (id: string) =>
  `d.agency_id = $1 and d.event_id = ${id} and d.id >= ${sameTime(id, '0000-000000000000')} and d.id <= ${sameTime(id, 'ffff-ffffffffffff')}`;

/** The events of a page with the count of their deliveries by state. */
const withCounts = (events: string) => `
  select e.*, c.deliveries from (${events}) e cross join lateral (
    select coalesce(jsonb_object_agg(state, count), '{}') as deliveries
    from (select d.state, count(*) from webhook_deliveries d where ${ofEvent('e.id')} group by d.state) s
  ) c order by e.id desc`;

/** Events that match, newest first, those before the id `before` when it is given. Throws AppError validation_failed for a time that does not exist. */
export function findEvents(
  manager: EntityManager,
  agencyId: string,
  filter: EventFilter,
  { before, limit }: { before: string | null; limit: number },
): Promise<EventRow[]> {
  const { types, test, fromId, beforeId, references } = conditionsOf(filter);
  const parameters: unknown[] = [agencyId];
  const value = (given: unknown) => `$${parameters.push(given)}`;
  const conditions = ['e.agency_id = $1'];
  if (test !== null) conditions.push(test ? 'e.test' : 'not e.test');
  if (types !== null) conditions.push(`e.type = any(${value(types)})`);
  if (fromId !== null) conditions.push(`e.id >= ${value(fromId)}`);
  for (const bound of [beforeId, before]) if (bound !== null) conditions.push(`e.id < ${value(bound)}`);
  const [reference] = references;
  const where = conditions.join(' and ');
  const page = `order by e.id desc limit ${value(limit)}`;
  if (!reference) {
    return manager.query(withCounts(`select ${COLUMNS} from webhook_events e where ${where} ${page}`), parameters);
  }
  const kinds = value(reference.kind === null ? REFERENCE_KINDS : [reference.kind]);
  // LIMIT inside the LATERAL: one look-up by id for each event, instead of a hash join over all partitions.
  const events = `select e.* from (
      select distinct r.event_id from event_references r
      where r.agency_id = $1 and r.kind = any(${kinds}) and r.value = ${value(reference.value)}
    ) r cross join lateral (select ${COLUMNS} from webhook_events e where ${where} and e.id = r.event_id limit 1) e ${page}`;
  return manager.query(withCounts(events), parameters);
}

/** One event of the agency. Throws AppError not_found. */
export async function getEvent(manager: EntityManager, agencyId: string, id: string): Promise<EventRow> {
  const [row] = (await manager.query(
    withCounts(`select ${COLUMNS} from webhook_events e where e.agency_id = $1 and e.id = $2`),
    [agencyId, id],
  )) as EventRow[];
  if (!row) throw new AppError('not_found', 'There is no such event.');
  return row;
}

/** The webhooks that an event could go to, with its deliveries, newest webhook first. */
export function findRecipients(manager: EntityManager, agencyId: string, event: EventRow): Promise<RecipientRow[]> {
  return manager.query(
    `with d as materialized (
       select d.id, d.webhook_id, d.state, d.attempts, d.last_status, d.last_reason from webhook_deliveries d where ${ofEvent('$2::uuid')}
     )
     select w.id, w.url, w.description, w.is_active, w.deleted_at is not null as deleted, w.created_at > $3 as created_later,
       coalesce(w.deleted_at <= $3, false) as deleted_before, webhook_matches(w.events, $4) as subscribed,
       d.id as delivery_id, d.state, d.attempts, d.last_status, d.last_reason
     from webhooks w left join d on d.webhook_id = w.id
     where w.agency_id = $1 and (d.id is not null or not $5 and (w.deleted_at is null
       or w.deleted_at between $3::timestamptz - interval '30 days' and $3 and webhook_matches(w.events, $4)))
     order by w.id desc`,
    [agencyId, event.id, event.accepted_at, event.type, event.test],
  );
}
