import type { EntityManager } from 'typeorm';
import { AppError } from '../../lib/app-error.js';
import { systemClock } from '../../lib/clock.js';
import { uuidFloor, uuidTime } from '../../lib/ids.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import { conditionsOf, isInOrder, isPicky, isRefusal, type Conditions } from './delivery-filter.js';
import { eachStateStatement, pageStatement, statesStatement, type Page } from './delivery-sql.js';
import type { AttemptContentRow, AttemptRow, DeliveryRow, EventRow } from './delivery-view.js';
import { DELIVERY_STATES, type DeliveryState } from '../model/delivery.entity.js';

/* Reads of deliveries, events and attempts. An id is in one partition; no statement joins two partitioned tables. */

/** Counts stop here: an exact count would read the whole log of an agency. */
export const COUNT_CAP = 10_000;

const DAY_MS = 86_400_000;

/**
 * Matching deliveries, newest first. Searches the day before the cursor first: that is enough for most queries and
 * touches two partitions of thirty; if it is not, matches are rare. Throws AppError validation_failed for an invalid
 * time.
 */
export async function findDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
  page: Page,
): Promise<DeliveryRow[]> {
  const conditions = conditionsOf(filter);
  const find = (where: Conditions, { before, limit, rare }: Page): Promise<DeliveryRow[]> => {
    const { sql, parameters } = pageStatement(agencyId, where, { before, limit, rare });
    return manager.query(sql, parameters);
  };
  const day = dayBefore([page.before, conditions.beforeId]);
  if (isInOrder(conditions) || (conditions.fromId ?? '') >= day) return find(conditions, page);
  const newest = await find({ ...conditions, fromId: day }, page);
  if (newest.length === page.limit) return newest;
  const limit = page.limit - newest.length;
  return [...newest, ...(await find(conditions, { before: day, limit, rare: isPicky(conditions) }))];
}

/** The lowest id of the day before the earliest of these ids. */
function dayBefore(ids: readonly (string | null)[]): string {
  const ends = ids.filter((id) => id !== null).map(uuidTime);
  return uuidFloor(Math.max(0, Math.min(systemClock.now(), ...ends) - DAY_MS));
}

export type Counts = Record<DeliveryState | 'total', number>;

/** Matching deliveries by state and in total; a count above `COUNT_CAP` only means that there are more. */
export async function countDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
): Promise<Counts> {
  const conditions = conditionsOf(filter);
  const fewMatch = conditions.references.length > 0 || isRefusal(conditions.response);
  const together = fewMatch ? await countTogether(manager, agencyId, conditions) : null;
  return together ?? countEach(manager, agencyId, conditions);
}

/** One subquery per state: rare states are counted in their index, and only `delivered` reads the log itself. */
async function countEach(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts> {
  const states = conditions.states ?? DELIVERY_STATES;
  if (states.length === 0) return NONE;
  const { sql, parameters } = eachStateStatement(agencyId, conditions, states, COUNT_CAP + 1);
  const [row] = (await manager.query(sql, parameters)) as Partial<Counts>[];
  return totalled(row!);
}

/** References and failed answers have one access path for all states: 40 ms at once, 240 apart. null: too many. */
async function countTogether(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts | null> {
  // Below this total no count was truncated.
  const limit = DELIVERY_STATES.length * (COUNT_CAP + 1);
  const { sql, parameters } = statesStatement(agencyId, conditions, limit);
  const rows = (await manager.query(sql, parameters)) as { state: DeliveryState; count: number }[];
  const counts = totalled(Object.fromEntries(rows.map(({ state, count }) => [state, count])));
  return counts.total >= limit ? null : counts;
}

function totalled(states: Partial<Record<DeliveryState, number>>): Counts {
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return { ...NONE, ...states, total };
}

const NONE: Counts = { total: 0, waiting: 0, retrying: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0 };

/** One delivery of the agency. Throws AppError not_found. */
export async function getDelivery(manager: EntityManager, agencyId: string, id: string): Promise<DeliveryRow> {
  const [row] = (await manager.query(
    `select d.*, w.url, w.description, w.is_active, w.deleted_at is not null as deleted, w.retry_plan
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id and w.agency_id = d.agency_id
     where d.id = $1 and d.agency_id = $2`,
    [id, agencyId],
  )) as DeliveryRow[];
  if (!row) throw new AppError('not_found', 'There is no such delivery.');
  return row;
}

/** The event of a delivery with its message; null when its partition was dropped. */
export async function getEvent(
  manager: EntityManager,
  agencyId: string,
  id: string,
): Promise<(EventRow & { body: string | null }) | null> {
  const rows: (EventRow & { body: string | null })[] = await manager.query(
    `select id, type, occurred_at, accepted_at, test, body, octet_length(body) as size_bytes, purged_at
     from webhook_events where id = $1 and agency_id = $2`,
    [id, agencyId],
  );
  return rows[0] ?? null;
}

const ATTEMPT = `n, started_at, outcome, reason, fenced, status, duration_ms, dns_ms, connect_ms, tls_ms,
  first_byte_ms, reconnected, detail, certificate_expired_at`;

/** Every attempt of a delivery, oldest first. */
export function findAttempts(manager: EntityManager, agencyId: string, deliveryId: string): Promise<AttemptRow[]> {
  return manager.query(`select ${ATTEMPT} from webhook_attempts where delivery_id = $1 and agency_id = $2 order by n`, [
    deliveryId,
    agencyId,
  ]);
}

/** Limit for the answers of one delivery, newest first: it may have been resent a thousand times. */
const ANSWER_BYTES = 512 * 1024;

/** The same with request and answer; answers beyond `ANSWER_BYTES` are left out. */
export function findAttemptContents(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<AttemptContentRow[]> {
  return manager.query(
    `select ${ATTEMPT}, request_headers, case when fits then response_headers end as response_headers,
       case when fits then response_body end as response_body,
       response_truncated or not fits as response_truncated, response_encoding
     from (
       select *, sum(coalesce(octet_length(response_body), 0) + coalesce(octet_length(response_headers::text), 0))
         over (order by n desc) <= $3 as fits
       from webhook_attempts where delivery_id = $1 and agency_id = $2
     ) attempts order by n`,
    [deliveryId, agencyId, ANSWER_BYTES],
  );
}
