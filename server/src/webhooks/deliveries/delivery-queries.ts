import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/app-error.js';
import type { DeliveryFilter } from './deliveries.dto.js';
import { conditionsOf, type Conditions } from './delivery-filter.js';
import { countStatement, pageStatement, type Page } from './delivery-sql.js';
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

/** How many deliveries match in each state, and in all; each count stops at `COUNT_CAP + 1`. */
export async function countDeliveries(
  manager: EntityManager,
  agencyId: string,
  filter: DeliveryFilter,
): Promise<Record<DeliveryState | 'total', number>> {
  const conditions = conditionsOf(filter);
  const count = async (only: Partial<Conditions>): Promise<number> => {
    const { sql, parameters } = countStatement(agencyId, { ...conditions, ...only }, COUNT_CAP + 1);
    const [row] = (await manager.query(sql, parameters)) as { count: number }[];
    return row!.count;
  };
  const counts = { total: await count({}) } as Record<DeliveryState | 'total', number>;
  for (const state of DELIVERY_STATES) {
    const wanted = conditions.states?.includes(state) ?? true;
    counts[state] = wanted && counts.total > 0 ? await count({ states: [state] }) : 0;
  }
  return counts;
}

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
       request_headers, response_headers, response_body, response_truncated
     from webhook_attempts where delivery_id = $1 and agency_id = $2 order by n`,
    [deliveryId, agencyId],
  );
}
