import { isRefusal, type Conditions, type Reference } from './delivery-filter.js';
import { REFERENCE_KINDS } from './filter-events.js';
import { isOdd, isPending } from '../model/delivery-states.js';
import type { DeliveryState } from '../model/delivery.entity.js';

/*
 * The SQL of the log. Three access paths (times of one page as bpoc_tenant, an agency with a million deliveries in 28
 * partitions; planning over all partitions takes 2-5 ms of that):
 * - newest first by (agency_id, id) or (webhook_id, id), or for rare rows by the covering partial indexes
 *   (agency_id, odd_state, id, …) and (agency_id, odd_reason, id, …): 1-10 ms. A rare type or answer: 0.1 s;
 * - by reference: references → ids of their events → deliveries by a range of ids, because a delivery shares the
 *   first 64 bits of its event's id: 1-10 ms. LIMIT inside the LATERAL prevents a hash join over all partitions;
 * - by the queue, for pending deliveries: each has a queue row, and there are few: 5 ms.
 */

export interface Page {
  /** Continue before this id; null: from the newest. */
  before: string | null;
  limit: number;
  /**
   * Few rows are expected to match: find all of them, then sort (0.1 s for a million deliveries). Otherwise the planner
   * scans an index in order until it has a page, which takes 0.4 s where it misjudges correlated columns.
   */
  rare?: boolean;
}

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** No event has more deliveries than an agency has webhooks. */
const DELIVERIES_PER_EVENT = 10_000;

/** Columns that `DELIVERY` and the join with webhooks need. */
const COLUMNS = `d.id, d.agency_id, d.webhook_id, d.event_id, d.event_type, d.test, d.subject_kind, d.subject_id,
  d.state, d.attempts, d.last_status, d.last_reason, d.duration_ms, d.next_attempt_at, d.created_at, d.finished_at`;

/** Webhook `w` as part of a response; its address is for `WebhookAddresses.inRow`. */
export const WEBHOOK = `json_build_object('id', w.id, 'url', encode(w.url, 'base64'), 'description', w.description,
  'is_active', w.is_active, 'deleted', w.deleted_at is not null) as webhook`;

/** The subject of delivery or event `alias`. */
export const subject = (alias: string): string =>
  `case when ${alias}.subject_kind is not null and ${alias}.subject_id is not null
    then json_build_object('kind', ${alias}.subject_kind, 'id', ${alias}.subject_id) end as subject`;

/** Delivery `d` with its webhook `w`: a row is a DeliveryResponse. */
export const DELIVERY = `d.id, ${WEBHOOK}, d.event_id, d.event_type as event, d.test, ${subject('d')},
  d.state as status, d.attempts, d.last_status as response_status, d.last_reason as reason, d.duration_ms,
  d.next_attempt_at, d.created_at, d.finished_at`;

/** A page of the log, newest first: `columns` of deliveries `d` with their webhooks `w`. */
export function pageStatement(agencyId: string, conditions: Conditions, page: Page, columns = DELIVERY): Statement {
  const query = new Query(agencyId);
  const rows = source(query, conditions, { ...page, inOrder: true });
  return query.statement(
    `select ${columns}
     from (${rows}) d join webhooks w on w.id = d.webhook_id and w.agency_id = d.agency_id order by d.id desc`,
  );
}

/** One row per state with its count, among at most `limit` matching deliveries. */
export function statesStatement(agencyId: string, conditions: Conditions, limit: number): Statement {
  const query = new Query(agencyId);
  const rows = source(query, conditions, { limit, inOrder: false });
  return query.statement(`select d.state, count(*)::int as count from (${rows}) d group by d.state`);
}

/** One row with a column per state: its matching deliveries, at most `limit` each. */
export function eachStateStatement(
  agencyId: string,
  conditions: Conditions,
  states: readonly DeliveryState[],
  limit: number,
): Statement {
  const query = new Query(agencyId);
  const counts = states.map((state) => {
    const rows = source(query, { ...conditions, states: [state] }, { limit, inOrder: false });
    return `(select count(*)::int from (${rows}) d) as ${state}`;
  });
  return query.statement(`select ${counts.join(', ')}`);
}

class Query {
  readonly #parameters: unknown[];

  constructor(agencyId: string) {
    this.#parameters = [agencyId];
  }

  /** Adds a parameter; returns its placeholder. */
  value(value: unknown): string {
    return `$${this.#parameters.push(value)}`;
  }

  statement(sql: string): Statement {
    return { sql, parameters: this.#parameters };
  }
}

interface Wanted extends Partial<Page> {
  limit: number;
  /** Newest first; otherwise in any order, for counts: a sequential scan costs a third of an index scan. */
  inOrder: boolean;
}

function source(query: Query, conditions: Conditions, { before = null, limit, inOrder, rare }: Wanted): string {
  // A literal: with a parameter the planner would not know that few rows are wanted.
  if (!Number.isInteger(limit)) throw new TypeError('limit must be a whole number');
  const until = [before, conditions.beforeId].filter((id) => id !== null).toSorted()[0] ?? null;
  const bounded = { ...conditions, beforeId: until };
  const where = conditionsSql(query, bounded);
  const from = seedSql(query, bounded);
  const order = (by: string) => (inOrder ? ` order by ${by}` : '');
  if (from === null) {
    // Text sorts like the id, but has no index to scan in order.
    const by = rare ? 'd.id::text collate "C" desc' : 'd.id desc';
    return `select ${COLUMNS} from webhook_deliveries d where ${where}${order(by)} limit ${limit}`;
  }
  return `select d.* from (${from.seeds}${order(`${from.order} desc`)}) s cross join lateral (
      select ${COLUMNS} from webhook_deliveries d where ${where} and ${from.join}
      order by d.id desc limit ${DELIVERIES_PER_EVENT}
    ) d${order(`s.${from.order} desc, d.id desc`)} limit ${limit}`;
}

interface Seeds {
  seeds: string;
  /** The column they are ordered by: the id of the delivery, or its leading half. */
  order: string;
  join: string;
}

/** A small set of ids to start from, and how to join deliveries to them; null: read the log itself. */
function seedSql(query: Query, conditions: Conditions): Seeds | null {
  if (conditions.references.length > 0) {
    const [first, ...others] = conditions.references.map((reference) => eventsOf(query, reference, conditions));
    // Events with the same leading half of the id are one seed: their deliveries interleave, and a page may end among
    // them.
    const seeds = `select ${sameTime('id', '0000-000000000000')} as low, array_agg(id) as ids
      from (${first!}) e ${others.map((other) => `where id in (${other})`).join('')} group by 1`;
    const own = conditions.references
      .flatMap(({ id }) => (id === null ? [] : [` or d.id = ${query.value(id)}`]))
      .join('');
    const high = sameTime('s.low', 'ffff-ffffffffffff');
    const join = `d.id >= s.low and d.id <= ${high} and (d.event_id = any(s.ids)${own})`;
    return { seeds, order: 'low', join };
  }
  if (conditions.states?.every(isPending)) {
    const only = conditions.webhookId === null ? '' : ` and q.webhook_id = ${query.value(conditions.webhookId)}`;
    const seeds = `select q.delivery_id as id
      from webhooks w join webhook_queue q on q.webhook_id = w.id and q.agency_id = w.agency_id
      where w.agency_id = $1${only}${bounds(query, 'q.delivery_id', conditions)}`;
    return { seeds, order: 'id', join: 'd.id = s.id' };
  }
  return null;
}

/** Ids of the events that refer to a record. A searched id also matches itself, as an event or as a delivery. */
function eventsOf(query: Query, { kind, value, id }: Reference, conditions: Conditions): string {
  const kinds = query.value(kind === null ? REFERENCE_KINDS : [kind]);
  const events = `select r.event_id as id from event_references r
    where r.agency_id = $1 and r.kind = any(${kinds})
      and r.value = ${query.value(value)}${eventBounds(query, conditions)}`;
  return id === null ? events : `${events} union all select ${query.value(id)}::uuid`;
}

/** An event and its deliveries share the first 64 bits only, so the event itself may be outside the bounds. */
function eventBounds(query: Query, { fromId, beforeId }: Conditions): string {
  const from = fromId === null ? '' : ` and r.event_id >= ${query.value(`${fromId.slice(0, 19)}0000-000000000000`)}`;
  const to = beforeId === null ? '' : ` and r.event_id <= ${query.value(`${beforeId.slice(0, 19)}ffff-ffffffffffff`)}`;
  return from + to;
}

function sameTime(id: string, rest: string): string {
  return `(left(${id}::text, 19) || '${rest}')::uuid`;
}

function bounds(query: Query, column: string, { fromId, beforeId }: Conditions): string {
  const from = fromId === null ? '' : ` and ${column} >= ${query.value(fromId)}`;
  const to = beforeId === null ? '' : ` and ${column} < ${query.value(beforeId)}`;
  return from + to;
}

function conditionsSql(query: Query, conditions: Conditions): string {
  const { ids, states, webhookId, types, response, reason, test } = conditions;
  const parts = [`d.agency_id = $1${bounds(query, 'd.id', conditions)}`];
  if (test !== null) parts.push(test ? 'd.test' : 'not d.test');
  if (ids !== null) parts.push(`d.id = any(${query.value(ids)})`);
  if (webhookId !== null) parts.push(`d.webhook_id = ${query.value(webhookId)}`);
  // Equality, not a list of one: only then the index on (agency_id, odd_state, id) yields rows in the order of ids.
  const state = states?.every(isOdd) ? 'd.odd_state' : 'd.state';
  if (states?.length === 1) parts.push(`${state} = ${query.value(states[0])}`);
  else if (states !== null) parts.push(`${state} = any(${query.value(states)})`);
  if (types !== null) parts.push(`d.event_type = any(${query.value(types)})`);
  if (response === 'none') parts.push('d.last_status is null and d.attempts > 0');
  else if (response !== null) {
    parts.push(`d.last_status between ${query.value(response.from)} and ${query.value(response.to)}`);
  }
  // Failed answers have a reason, and so a partial index.
  if (isRefusal(response)) parts.push('d.odd_reason is not null');
  if (reason !== null) parts.push(`${reason === 'ok' ? 'd.last_reason' : 'd.odd_reason'} = ${query.value(reason)}`);
  return parts.join(' and ');
}
