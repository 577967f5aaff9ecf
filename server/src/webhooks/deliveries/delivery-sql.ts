import { isRefusal, type Conditions, type Reference } from './delivery-filter.js';
import { REFERENCE_KINDS } from './filter-events.js';
import { isOdd, isOwed } from '../model/delivery-states.js';
import type { DeliveryState } from '../model/delivery.entity.js';

/*
 * The SQL of the log. Three ways to the rows (times of a page as bpoc_tenant, whose agency has a million deliveries in 28 partitions):
 * - newest first by (agency_id, id) or (webhook_id, id), or by what is rare and all that it can be asked for, (agency_id, odd_state, id, …) and
 *   (agency_id, odd_reason, id, …); 1-10 ms. A type or an answer that hardly occurs is looked for in the whole log: 0.1 s;
 * - by what events speak of: references → the ids of those events → deliveries by a range of ids, because the delivery of an event shares
 *   the first 64 bits of its id; 1-10 ms. LIMIT inside the LATERAL keeps the planner from a hash join over all partitions;
 * - by the queue, for what is waiting: every such delivery has a queue row, and there are few; 5 ms.
 * To plan a statement over all partitions takes 2-5 ms of that.
 */

export interface Page {
  /** The id before which to go on; null: from the newest. */
  before: string | null;
  limit: number;
  /**
   * Hardly anything is thought to match. Else the planner goes along an index until it has enough, which it never has where it was wrong about what
   * occurs together: 0.4 s for a million deliveries. So it finds all that match in the shortest way (0.1 s) and sorts them.
   */
  rare?: boolean;
}

export interface Statement {
  sql: string;
  parameters: unknown[];
}

/** No event has more deliveries than an agency has webhooks. */
const DELIVERIES_PER_EVENT = 10_000;

const COLUMNS = [
  ...[
    'id',
    'agency_id',
    'webhook_id',
    'event_id',
    'event_type',
    'test',
    'subject_kind',
    'subject_id',
    'state',
    'attempts',
  ],
  ...['last_status', 'last_reason', 'duration_ms', 'next_attempt_at', 'created_at', 'finished_at'],
];

/** A page of the log with its webhooks, newest first. */
export function pageStatement(agencyId: string, conditions: Conditions, page: Page): Statement {
  const query = new Query(agencyId);
  const rows = source(query, conditions, { ...page, inOrder: true });
  return query.statement(
    `select d.*, w.url, w.description, w.is_active, w.deleted_at is not null as deleted, w.retry_plan
     from (${rows}) d join webhooks w on w.id = d.webhook_id and w.agency_id = d.agency_id order by d.id desc`,
  );
}

/** A row for each state that occurs among `limit` deliveries that match: how many there are. */
export function statesStatement(agencyId: string, conditions: Conditions, limit: number): Statement {
  const query = new Query(agencyId);
  const rows = source(query, conditions, { limit, inOrder: false });
  return query.statement(`select d.state, count(*)::int as count from (${rows}) d group by d.state`);
}

/** One row with a column for each of the states: how many deliveries in it match, but at most `limit` of each. */
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

  /** Adds a value; answers its place in the statement. */
  value(value: unknown): string {
    return `$${this.#parameters.push(value)}`;
  }

  statement(sql: string): Statement {
    return { sql, parameters: this.#parameters };
  }
}

interface Wanted extends Partial<Page> {
  limit: number;
  /** Newest first; else whatever is found first, for counting: the log read as it lies costs a third of going along an index. */
  inOrder: boolean;
}

function source(query: Query, conditions: Conditions, { before = null, limit, inOrder, rare }: Wanted): string {
  // The limit is part of the text: as a parameter the planner would not know that a few rows are wanted.
  if (!Number.isInteger(limit)) throw new TypeError('limit must be a whole number');
  const until = [before, conditions.beforeId].filter((id) => id !== null).toSorted()[0] ?? null;
  const bounded = { ...conditions, beforeId: until };
  const columns = COLUMNS.map((name) => `d.${name}`).join(', ');
  const where = conditionsSql(query, bounded);
  const from = seedSql(query, bounded);
  const order = (by: string) => (inOrder ? ` order by ${by}` : '');
  if (from === null) {
    // As text an id has the same place, but no index to go along.
    const by = rare ? 'd.id::text collate "C" desc' : 'd.id desc';
    return `select ${columns} from webhook_deliveries d where ${where}${order(by)} limit ${limit}`;
  }
  return `select d.* from (${from.seeds}${order(`${from.order} desc`)}) s cross join lateral (
      select ${columns} from webhook_deliveries d where ${where} and ${from.join} order by d.id desc limit ${DELIVERIES_PER_EVENT}
    ) d${order(`s.${from.order} desc, d.id desc`)} limit ${limit}`;
}

interface Seeds {
  seeds: string;
  /** The column they are ordered by: that of the deliveries that follow from them, or what these begin with. */
  order: string;
  join: string;
}

/** A small set of ids to start from, and how deliveries follow from them; null: the log itself. */
function seedSql(query: Query, conditions: Conditions): Seeds | null {
  if (conditions.references.length > 0) {
    const [first, ...others] = conditions.references.map((reference) => eventsOf(query, reference, conditions));
    // Events whose ids begin alike are one seed: their deliveries lie between each other, and the next page goes on after one of them.
    const seeds = `select ${sameTime('id', '0000-000000000000')} as low, array_agg(id) as ids
      from (${first!}) e ${others.map((other) => `where id in (${other})`).join('')} group by 1`;
    const own = conditions.references
      .flatMap(({ id }) => (id === null ? [] : [` or d.id = ${query.value(id)}`]))
      .join('');
    const join = `d.id >= s.low and d.id <= ${sameTime('s.low', 'ffff-ffffffffffff')} and (d.event_id = any(s.ids)${own})`;
    return { seeds, order: 'low', join };
  }
  if (conditions.states?.every(isOwed)) {
    const only = conditions.webhookId === null ? '' : ` and q.webhook_id = ${query.value(conditions.webhookId)}`;
    const seeds = `select q.delivery_id as id from webhooks w join webhook_queue q on q.webhook_id = w.id and q.agency_id = w.agency_id
      where w.agency_id = $1${only}${bounds(query, 'q.delivery_id', conditions)}`;
    return { seeds, order: 'id', join: 'd.id = s.id' };
  }
  return null;
}

/** The ids of the events that speak of a record. An id that is searched for stands for itself too: as an event, or as one of its deliveries. */
function eventsOf(query: Query, { kind, value, id }: Reference, conditions: Conditions): string {
  const kinds = query.value(kind === null ? REFERENCE_KINDS : [kind]);
  const events = `select r.event_id as id from event_references r
    where r.agency_id = $1 and r.kind = any(${kinds}) and r.value = ${query.value(value)}${eventBounds(query, conditions)}`;
  return id === null ? events : `${events} union all select ${query.value(id)}::uuid`;
}

/** An event and its deliveries share the first 64 bits, but the rest may put the event on the other side of a bound. */
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
  // A single state is compared, not searched in a list: only so the index on (agency_id, odd_state, id) keeps the order of ids.
  const state = states?.every(isOdd) ? 'd.odd_state' : 'd.state';
  if (states?.length === 1) parts.push(`${state} = ${query.value(states[0])}`);
  else if (states !== null) parts.push(`${state} = any(${query.value(states)})`);
  if (types !== null) parts.push(`d.event_type = any(${query.value(types)})`);
  if (response === 'none') parts.push('d.last_status is null and d.attempts > 0');
  else if (response !== null) {
    parts.push(`d.last_status between ${query.value(response.from)} and ${query.value(response.to)}`);
  }
  // Whatever was tried and not accepted has a reason, and an index of its own.
  if (isRefusal(response)) parts.push('d.odd_reason is not null');
  if (reason !== null) parts.push(`${reason === 'ok' ? 'd.last_reason' : 'd.odd_reason'} = ${query.value(reason)}`);
  return parts.join(' and ');
}
