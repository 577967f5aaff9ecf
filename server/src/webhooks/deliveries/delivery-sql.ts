import { REASONS, type Reason } from '../model/reasons.js';
import type { PageBounds } from '../../http/keyset-page.js';
import { DELIVERY_STATES } from '../model/delivery.entity.js';
import { referenceConditions } from '../../events/reference-conditions.js';
import type { Conditions, Reference } from './delivery-filter.js';
import { ALL_TYPES } from './filter-events.js';

/*
 * The SQL of the log. A delivery is in webhook_deliveries or, until it has a row there, in waiting_deliveries, and one
 * statement sees it in one of them. Each filter has an index that yields its matches in the order of ids, so a page
 * reads little more than its rows, however rare they are: 3-27 ms of CPU for an agency with a million of five million
 * deliveries in 28 partitions, of which planning takes 3-6.
 * - everything, and what almost every delivery has: (agency_id, id);
 * - a webhook, an event type or both: (webhook_id, event_type, id), one range per webhook and type;
 * - a state other than delivered, a reason other than ok, an answer other than 200: partial indexes, one range per
 *   state, reason or status;
 * - a reference: hashes of the event → ids of events → deliveries by a range of ids, because a delivery shares the
 *   first 64 bits of its event's id. LIMIT inside the LATERAL prevents a hash join over all partitions.
 */

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** No event has more deliveries than an agency has webhooks. */
const DELIVERIES_PER_EVENT = 10_000;

/** Columns that `DELIVERY` and the joins with webhooks and events need. */
const COLUMNS = `d.id, d.agency_id, d.webhook_id, d.event_id, d.event_type, d.test, d.state, d.attempts, d.last_status,
  d.last_reason, d.duration_ms, d.next_attempt_at, d.finished_at, d.delivered_in`;

/** Webhook `w` as part of a response; its address is for `WebhookAddresses.inRow`. */
export const WEBHOOK = `json_build_object('id', w.id, 'url', encode(w.url, 'base64'), 'kind', w.kind,
  'description', w.description, 'is_active', w.is_active, 'deleted', w.deleted_at is not null) as webhook`;

/** The subject of event `alias`. */
export const subject = (alias: string): string =>
  `case when ${alias}.subject_kind is not null and ${alias}.subject_id is not null
    then json_build_object('kind', ${alias}.subject_kind, 'id', ${alias}.subject_id) end as subject`;

/** Delivery `d` with its webhook `w` and event `e`: a row is a DeliveryResponse. */
export const DELIVERY = `d.id, ${WEBHOOK}, d.event_id, d.event_type as event, d.test, ${subject('e')},
  d.state as status, d.attempts, d.last_status as response_status, d.last_reason as reason, d.duration_ms,
  d.next_attempt_at, uuid_time(d.id) as created_at, d.finished_at, d.delivered_in`;

/** `columns` of the event of delivery `d`, as `e`. LIMIT, so that it is looked up in its partition. */
export const withEvent = (columns: string, also = ''): string => `left join lateral (
    select ${columns} from webhook_events s where s.agency_id = d.agency_id and s.id = d.event_id${also} limit 1
  ) e on true`;

const RESPONSE = { columns: DELIVERY, joins: withEvent('s.subject_kind, s.subject_id') };

/** SQL for the lowest and the highest id that share the first 64 bits of `id`, as the deliveries of an event do. */
export const lowestOf = (id: string): string => `(left(${id}::text, 19) || '0000-000000000000')::uuid`;
export const highestOf = (id: string): string => `(left(${id}::text, 19) || 'ffff-ffffffffffff')::uuid`;

/** A page of the log, newest first: `columns` of deliveries `d` with their webhooks `w` and `joins`. */
export function pageStatement(
  agencyId: string,
  conditions: Conditions,
  page: PageBounds,
  { columns, joins }: { columns: string; joins: string } = RESPONSE,
): Statement {
  // A literal: with a parameter the planner would not know that few rows are wanted.
  if (!Number.isInteger(page.limit)) throw new TypeError('limit must be a whole number');
  const query = new Query(agencyId);
  const [beforeId = null] = [page.before, conditions.beforeId].filter((id) => id !== null).toSorted();
  const rows = newestSql(query, { ...conditions, beforeId }, page.limit);
  return query.statement(
    `select ${columns} from (${rows}) d join webhooks w on w.id = d.webhook_id and w.agency_id = d.agency_id ${joins}
     order by d.id desc`,
  );
}

/**
 * Rows with a state and the number of its matching deliveries, at most `limit`. A state may appear twice. With
 * references, `logFirst` must be set.
 */
export function countStatement(agencyId: string, conditions: Conditions, limit: number): Statement {
  const query = new Query(agencyId);
  const states = conditions.states ?? DELIVERY_STATES;
  const any = { ...conditions, states: null };
  const upTo = (rows: string) => `(select count(*)::int from (${rows} limit ${limit}) d) as count`;
  const each = (of: readonly string[], rows: string) =>
    `select k.state, ${upTo(rows)} from unnest(${query.value(of)}::text[]) k(state)`;
  const parts = [
    each(
      states.filter((state) => state !== 'delivered'),
      `select d.id from webhook_deliveries d where ${whereSql(query, any)} and d.state = k.state and ${NOT_DELIVERED}`,
    ),
  ];
  if (states.includes('delivered'))
    parts.push(`select 'delivered', ${upTo(loggedSql(query, { ...any, states: ['delivered'] }))}`);
  if (states.includes('waiting'))
    parts.push(`select 'waiting', ${upTo(`select d.id from waiting_deliveries d where ${whereSql(query, any)}`)}`);
  return query.statement(parts.join(' union all '));
}

/** Counts by state with references: one search for all states, which ends at `limit` deliveries. */
export function referringCountStatement(agencyId: string, conditions: Conditions, limit: number): Statement {
  const query = new Query(agencyId);
  const rows = `select d.state from ${referringSql(query, conditions)} limit ${limit}`;
  return query.statement(`select d.state, count(*)::int as count from (${rows}) d group by d.state`);
}

/** Collects the parameters of a statement while its text is put together. */
export class Query {
  readonly #parameters: unknown[];

  constructor(readonly agencyId: string) {
    this.#parameters = [agencyId];
  }

  /** Adds a parameter; returns its placeholder. */
  readonly value = (value: unknown): string => `$${this.#parameters.push(value)}`;

  /** Conditions on events `e`; see `referenceConditions`. */
  refersTo({ kind, value, also }: Reference): { hashed: string; named: string } {
    return referenceConditions({ agencyId: this.agencyId, kind, value, also }, this.value);
  }

  statement(sql: string): Statement {
    return { sql, parameters: this.#parameters };
  }
}

function newestSql(query: Query, conditions: Conditions, limit: number): string {
  const newest = `order by d.id desc limit ${limit}`;
  if (conditions.references.length > 0 && !conditions.logFirst)
    return `select d.* from ${referringSql(query, conditions)} order by s.low desc, d.id desc limit ${limit}`;
  const where = whereSql(query, conditions);
  if (conditions.ids !== null) return `select ${COLUMNS} from all_deliveries d where ${where} ${newest}`;
  return `select d.* from (
      (${loggedSql(query, conditions, newest)})
      union all (select ${COLUMNS} from waiting_deliveries d where ${where} ${newest})
    ) d ${newest}`;
}

/** Matching rows of webhook_deliveries, of which each range yields the `newest`. */
function loggedSql(query: Query, conditions: Conditions, newest = ''): string {
  const ranges = rangesOf(query, conditions);
  const rows = (where: string) => `select ${COLUMNS} from webhook_deliveries d where ${where} ${newest}`;
  if (ranges === null) return rows(whereSql(query, conditions));
  const others = newest === '' ? conditions : { ...conditions, ...ranges.instead };
  const where = `${whereSql(query, others)} and ${ranges.join}`;
  return `select d.* from ${ranges.of} cross join lateral (${rows(where)}) d ${newest}`;
}

interface Ranges {
  /** Rows `k`, one for each range. */
  of: string;
  join: string;
  /**
   * The conditions that the ranges replace. With both, the planner expects few rows. That is right for a count, which
   * would otherwise read the table until it has enough, and wrong for a page, for which it would sort all matches.
   */
  instead: Partial<Conditions>;
}

const NOT_DELIVERED = `d.state <> 'delivered'`;
/** Reasons in the index on (agency_id, last_reason, id, …). */
const NOT_OK = REASONS.filter((reason) => reason !== 'ok');
/** Reasons that come from an answer, which has a status. */
const ANSWERED: readonly Reason[] = [
  ...(['redirect', 'bad_request', 'not_allowed', 'bot_check', 'not_found', 'method', 'gone', 'wrong_type'] as const),
  ...(['rate_limited', 'busy', 'server_error', 'bad_gateway', 'down', 'rejected', 'wrong_key'] as const),
];

/** Ranges of an index, each in the order of ids. null: one index has all matches in this order. */
function rangesOf(query: Query, { states, webhookId, types, response, reason }: Conditions): Ranges | null {
  if (reason !== null && reason !== 'ok') return null;
  if (response === 'none')
    return {
      of: `unnest(${query.value(NOT_OK.filter((one) => !ANSWERED.includes(one)))}::text[]) k(reason)`,
      join: `d.last_reason = k.reason and d.last_reason <> 'ok'`,
      instead: {},
    };
  if (response !== null && !isUsual(response)) {
    if (response.from === response.to) return null;
    return {
      of: `generate_series(${query.value(response.from)}::int, ${query.value(response.to)}::int) k(status)`,
      join: 'd.last_status = k.status and d.last_status <> 200',
      instead: { response: null },
    };
  }
  if (states !== null && !states.includes('delivered')) {
    if (states.length === 1) return null;
    return {
      of: `unnest(${query.value(states)}::text[]) k(state)`,
      join: `d.state = k.state and ${NOT_DELIVERED}`,
      instead: { states: null },
    };
  }
  if (webhookId === null && types === null) return null;
  // The catalogue only grows, so there are no other types.
  const webhooks =
    webhookId === null ? 'select id from webhooks where agency_id = $1' : `select ${query.value(webhookId)}::uuid`;
  return {
    of: `(${webhooks}) w(id) cross join unnest(${query.value(types ?? ALL_TYPES)}::text[]) k(type)`,
    join: 'd.webhook_id = w.id and d.event_type = k.type',
    instead: { webhookId: null, types: null },
  };
}

/** Whether almost all deliveries have such an answer. */
const isUsual = ({ from, to }: { from: number; to: number }): boolean => from <= 200 && to >= 200;

/**
 * Deliveries `d` of the events that match every reference. Events whose ids have the same first half form one row `s`:
 * their deliveries interleave, and a page may end among them.
 */
function referringSql(query: Query, conditions: Conditions): string {
  const [first, ...others] = conditions.references.map((reference) => eventsSql(query, reference, conditions));
  const own = conditions.references
    .flatMap(({ id }) => (id === null ? [] : [` or d.id = ${query.value(id)}`]))
    .join('');
  return `(
      select ${lowestOf('id')} as low, array_agg(id) as ids
      from (${first!}) e ${others.map((other) => `where id in (${other})`).join('')} group by 1 order by 1 desc
    ) s cross join lateral (
      select ${COLUMNS} from all_deliveries d
      where ${whereSql(query, conditions)} and d.id >= s.low and d.id <= ${highestOf('s.low')}
        and (d.event_id = any(s.ids)${own})
      order by d.id desc limit ${DELIVERIES_PER_EVENT}
    ) d`;
}

/**
 * Ids of the events that refer to a record; erased ones match by their hash alone. A searched id also matches the event
 * or delivery with that id.
 */
function eventsSql(query: Query, reference: Reference, { fromId, beforeId, types, test }: Conditions): string {
  const { hashed, named } = query.refersTo(reference);
  const parts = ['e.agency_id = $1', hashed, `(e.body is null or ${named})`];
  // Deliveries have the type and test flag of their event, so events that do not match can be left out here.
  if (types !== null) parts.push(`e.type = any(${query.value(types)})`);
  if (test !== null) parts.push(test ? 'e.test' : 'not e.test');
  // An event and its deliveries share the first 64 bits only, so the event itself may be outside the bounds.
  if (fromId !== null) parts.push(`e.id >= ${query.value(`${fromId.slice(0, 19)}0000-000000000000`)}`);
  if (beforeId !== null) parts.push(`e.id <= ${query.value(`${beforeId.slice(0, 19)}ffff-ffffffffffff`)}`);
  const events = `select e.id from webhook_events e where ${parts.join(' and ')}`;
  return reference.id === null ? events : `${events} union all select ${query.value(reference.id)}::uuid`;
}

/** A subquery for each delivery: with a join the planner would look up all events first. */
function refersSql(query: Query, reference: Reference): string {
  const { hashed, named } = query.refersTo(reference);
  const refers = `(select true from webhook_events e where e.agency_id = $1 and e.id = d.event_id and ${hashed}
    and (e.body is null or ${named}) limit 1)`;
  if (reference.id === null) return refers;
  const own = query.value(reference.id);
  return `(d.id = ${own} or d.event_id = ${own} or ${refers})`;
}

/** How many of the newest `events` match all references. */
export function frequencyStatement(agencyId: string, { references, beforeId }: Conditions, events: number): Statement {
  const query = new Query(agencyId);
  const refer = references.map((reference) => {
    const { hashed, named } = query.refersTo(reference);
    return `${hashed} and (e.body is null or ${named})`;
  });
  const bound = beforeId === null ? '' : `and id < ${query.value(beforeId)}`;
  return query.statement(
    `select count(*)::int as count from (
       select * from webhook_events where agency_id = $1 ${bound} order by id desc limit ${events}
     ) e where ${refer.join(' and ')}`,
  );
}

/** Whether the filter selects a small part of the log, for which there is an index. */
export const isNarrow = ({ states, webhookId, response, reason }: Conditions): boolean =>
  webhookId !== null ||
  (states !== null && !states.includes('delivered')) ||
  (reason !== null && reason !== 'ok') ||
  response === 'none' ||
  (response !== null && !isUsual(response));

function whereSql(query: Query, conditions: Conditions): string {
  const { ids, states, webhookId, types, response, reason, test, fromId, beforeId } = conditions;
  const parts = ['d.agency_id = $1'];
  if (fromId !== null) parts.push(`d.id >= ${query.value(fromId)}`);
  if (beforeId !== null) parts.push(`d.id < ${query.value(beforeId)}`);
  if (test !== null) parts.push(test ? 'd.test' : 'not d.test');
  if (ids !== null) parts.push(`d.id = any(${query.value(ids)})`);
  if (webhookId !== null) parts.push(`d.webhook_id = ${query.value(webhookId)}`);
  if (types !== null) parts.push(`d.event_type = any(${query.value(types)})`);
  // Equality, not a list of one: it implies the condition of a partial index, and the index is in the order of ids.
  if (states?.length === 1) parts.push(`d.state = ${query.value(states[0])}`);
  else if (states !== null) parts.push(`d.state = any(${query.value(states)})`);
  if (response === 'none') parts.push('d.last_status is null and d.attempts > 0');
  else if (response !== null && response.from === response.to)
    parts.push(`d.last_status = ${query.value(response.from)}`);
  else if (response !== null)
    parts.push(`d.last_status between ${query.value(response.from)} and ${query.value(response.to)}`);
  if (reason !== null) parts.push(`d.last_reason = ${query.value(reason)}`);
  if (conditions.logFirst) parts.push(...conditions.references.map((reference) => refersSql(query, reference)));
  return parts.join(' and ');
}
