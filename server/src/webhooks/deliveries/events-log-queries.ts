import type { EntityManager } from 'typeorm';
import type { PageBounds } from '../../http/keyset-page.js';
import { AppError } from '../../lib/app-error.js';
import { type Conditions, conditionsOf, type FilterParts } from './delivery-filter.js';
import { DELIVERY_STATES } from '../model/delivery.entity.js';
import { highestOf, lowestOf, Query, type Statement, subject, WEBHOOK } from './delivery-sql.js';
import { recentFirst, recentPage } from './recent-first.js';
import type {
  EventFilter,
  EventRecipientResponse,
  EventResponse,
  EventWithRecipientsResponse,
} from './events-log.dto.js';
import type { EventCondition } from '../destinations/conditions.js';
import type { Recipient } from './recipient-result.js';

/*
 * Reads of events. The deliveries of an event share the first 64 bits of its id (SQL function delivery_id), so they are
 * a range of ids in one partition and need no index on event_id.
 */

export type EventRow = Omit<EventWithRecipientsResponse, 'about' | 'judged_by' | 'recipients'>;
export type RecipientRow = Omit<EventRecipientResponse, 'result' | 'left_out_by' | 'left_out_value'> &
  Omit<Recipient, 'leftOut'> & { conditions: EventCondition[] | null };

/** What `EVENT` needs of events `e`. */
const COLUMNS = 'e.id, e.type, e.occurred_at, e.accepted_at, e.test, e.subject_kind, e.subject_id, e.purged_at';
/** Event `e` without its counts: a row is an EventResponse. */
const EVENT = `e.id, e.type, e.occurred_at, e.accepted_at, e.test, ${subject('e')}, e.purged_at`;
const COUNTS = DELIVERY_STATES.map((state) => `'${state}', count(*) filter (where d.state = '${state}')`).join(', ');

const ofEvent = (id: string) =>
  `d.agency_id = $1 and d.event_id = ${id} and d.id between ${lowestOf(id)} and ${highestOf(id)}`;

/** Adds the counts of deliveries by state to a page of events. */
const withCounts = (events: string) => `
  select e.*, c.deliveries from (${events}) e cross join lateral (
    select json_build_object(${COUNTS}) as deliveries from all_deliveries d where ${ofEvent('e.id')}
  ) c order by e.id desc`;

/** Matching events, newest first, before the id `before`. Throws AppError validation_failed for an invalid time. */
export function findEvents(
  manager: EntityManager,
  agencyId: string,
  filter: EventFilter & FilterParts,
  page: PageBounds,
): Promise<Omit<EventResponse, 'about'>[]> {
  const asked = { conditions: conditionsOf(filter), ...recentPage<Omit<EventResponse, 'about'>>(page) };
  return recentFirst(manager, agencyId, asked, (conditions) => {
    const { sql, parameters } = pageOfEvents(agencyId, conditions, page);
    return manager.query(sql, parameters);
  });
}

function pageOfEvents(agencyId: string, conditions: Conditions, { before, limit }: PageBounds): Statement {
  const { types, test, fromId, beforeId, references } = conditions;
  const query = new Query(agencyId);
  const parts = ['e.agency_id = $1'];
  if (test !== null) parts.push(test ? 'e.test' : 'not e.test');
  if (types !== null) parts.push(`e.type = any(${query.value(types)})`);
  if (fromId !== null) parts.push(`e.id >= ${query.value(fromId)}`);
  for (const bound of [beforeId, before]) if (bound !== null) parts.push(`e.id < ${query.value(bound)}`);
  const most = query.value(limit);
  if (references.length === 0) {
    const page = `select ${EVENT} from webhook_events e where ${parts.join(' and ')}
      order by e.id desc limit ${most}`;
    return query.statement(withCounts(page));
  }
  const checks = references.map((reference) => {
    const { hashed, named } = query.refersTo(reference);
    const own = reference.id === null ? '' : ` or e.id = ${query.value(reference.id)}`;
    parts.push(`(${hashed}${own})`);
    return `(e.body is null or ${named}${own})`;
  });
  // Materialized: because of the limit the planner would expect to find enough soon, and would read all events of an
  // agency for a rare name. Messages are compared only until the page is full.
  const page = `with found as materialized (select e.id from webhook_events e where ${parts.join(' and ')})
    select ${EVENT} from (select id from found order by id desc) f cross join lateral (
      select ${COLUMNS} from webhook_events e where e.agency_id = $1 and e.id = f.id and ${checks.join(' and ')} limit 1
    ) e order by f.id desc limit ${most}`;
  return query.statement(withCounts(page));
}

/** One event of the agency. Throws AppError not_found. */
export async function getEvent(manager: EntityManager, agencyId: string, id: string): Promise<EventRow> {
  const [row] = await manager.query<EventRow[]>(
    withCounts(
      `select ${EVENT}, octet_length(e.body) as size_bytes from webhook_events e where e.agency_id = $1 and e.id = $2`,
    ),
    [agencyId, id],
  );
  if (!row) throw new AppError('not_found', 'Event not found.');
  return row;
}

/** Webhooks that the event could go to, with its delivery to each, newest webhook first. */
export function findRecipients(manager: EntityManager, agencyId: string, event: EventRow): Promise<RecipientRow[]> {
  return manager.query(
    `with d as materialized (
       select d.id, d.webhook_id, d.state, d.attempts, d.last_status, d.last_reason
       from all_deliveries d where ${ofEvent('$2::uuid')}
     )
     select ${WEBHOOK},
       case when d.id is not null then json_build_object('id', d.id, 'status', d.state, 'attempts', d.attempts,
         'response_status', d.last_status, 'reason', d.last_reason) end as delivery,
       w.created_at > $3 as created_later, coalesce(w.deleted_at <= $3, false) as deleted_before,
       webhook_matches(w.events, $4) as subscribed, w.conditions
     from webhooks w left join d on d.webhook_id = w.id
     where w.agency_id = $1 and (d.id is not null or not $5 and (w.deleted_at is null
       or w.deleted_at between $3::timestamptz - interval '30 days' and $3 and webhook_matches(w.events, $4)))
     order by w.id desc`,
    [agencyId, event.id, event.accepted_at, event.type, event.test],
  );
}
