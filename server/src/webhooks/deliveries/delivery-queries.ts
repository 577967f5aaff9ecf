import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/app-error.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import { conditionsOf, type Conditions } from './delivery-filter.js';
import { countStatement, pageStatement, statesStatement, type Page } from './delivery-sql.js';
import type { AttemptContentRow, DeliveryRow, EventRow } from './delivery-view.js';
import { DELIVERY_STATES, type DeliveryState } from './delivery.entity.js';

/* What is read of deliveries, events and attempts. One id touches one partition; no statement here joins two partitioned tables. */

/** Counts stop here: counting on would read the whole log of an agency. */
export const COUNT_CAP = 10_000;

/** Deliveries that match, newest first. Throws AppError validation_failed for a time that does not exist. */
export function findDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
  page: Page,
): Promise<DeliveryRow[]> {
  const { sql, parameters } = pageStatement(agencyId, conditionsOf(filter), page);
  return manager.query(sql, parameters);
}

export type Counts = Record<DeliveryState | 'total', number>;

/** How many deliveries match in each state, and in all; a count above `COUNT_CAP` means only that there are more. */
export async function countDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
): Promise<Counts> {
  const conditions = conditionsOf(filter);
  const together = conditions.references.length > 0 ? await countTogether(manager, agencyId, conditions) : null;
  return together ?? countOneByOne(manager, agencyId, conditions);
}

/** Each state has an index of its own, so a rare one is counted without reading the others. */
async function countOneByOne(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts> {
  const count = async (only: Partial<Conditions>): Promise<number> => {
    const { sql, parameters } = countStatement(agencyId, { ...conditions, ...only }, COUNT_CAP + 1);
    const [row] = (await manager.query(sql, parameters)) as { count: number }[];
    return row!.count;
  };
  const counts = { ...NONE, total: await count({}) };
  for (const state of DELIVERY_STATES) {
    const wanted = conditions.states?.includes(state) ?? true;
    if (wanted && counts.total > 0) counts[state] = await count({ states: [state] });
  }
  return counts;
}

/** What speaks of one record is found in one way for all states: 40 ms in one go where one by one took 240. null: too many to count so. */
async function countTogether(manager: EntityManager, agencyId: string, conditions: Conditions): Promise<Counts | null> {
  // With fewer than this in all, none of the counts was cut short.
  const limit = DELIVERY_STATES.length * (COUNT_CAP + 1);
  const { sql, parameters } = statesStatement(agencyId, conditions, limit);
  const rows = (await manager.query(sql, parameters)) as { state: DeliveryState; count: number }[];
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  if (total >= limit) return null;
  return { ...NONE, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])), total };
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

/** Every attempt of a delivery, oldest first. */
export function findAttempts(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<AttemptContentRow[]> {
  return manager.query(
    `select n, started_at, outcome, reason, fenced, status, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail,
       certificate_expired_at, request_headers, response_headers, response_body, response_truncated, response_encoding
     from webhook_attempts where delivery_id = $1 and agency_id = $2 order by n`,
    [deliveryId, agencyId],
  );
}
