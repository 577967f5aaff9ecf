import type { EntityManager } from 'typeorm';
import { HOUR_MS, DAY_MS } from '../../lib/time.js';
import { uuidFloor, uuidTime } from '../../lib/ids.js';
import type { NotDeliveredResponse } from './webhook-response.dto.js';
import type { WebhookRow } from './webhook-queries.js';

/*
 * What has not been delivered: everything pending, and what failed since the trouble began, at least in the last 24
 * hours; of a webhook that we turned off also what was skipped, counted as pending. One statement: the tables of the
 * log change more often than this question about them.
 */

/** Counting stops there, for each webhook and kind. */
const CAP = 10_000;

/**
 * $1 agency; $2 webhooks; $3 the lowest id of each, null: only what is pending; $4 whether skipped deliveries count.
 */
const NOT_DELIVERED = /* sql */ `
select o.webhook_id, o.pending, count(*)::int as count, min(o.id::text) as first_id
from unnest($2::uuid[], $3::uuid[], $4::boolean[]) as w (id, floor, skipped)
cross join lateral (
  (select q.webhook_id, q.delivery_id as id, true as pending from webhook_queue q
   where q.webhook_id = w.id and q.agency_id = $1 limit ${CAP + 1})
  union all
  (select d.webhook_id, d.id, d.state = 'skipped' from webhook_deliveries d
   where d.agency_id = $1 and d.webhook_id = w.id and d.id >= w.floor and not d.test
     and d.state <> 'delivered' and (d.state = 'failed' or w.skipped and d.state = 'skipped')
   order by d.id desc limit ${CAP + 1})
) o
-- The first 48 bits of an id are its milliseconds.
group by o.webhook_id, o.pending, ('x' || translate(left(o.id::text, 13), '-', ''))::bit(48)::bigint / 3600000`;

interface UndeliveredRow {
  webhook_id: string;
  pending: boolean;
  count: number;
  first_id: string;
}

export interface NotDelivered {
  total: NotDeliveredResponse;
  /** How many are pending, by the hour of their event (its start in milliseconds). */
  pending: ReadonlyMap<number, number>;
}

const NONE: NotDelivered = { total: { count: 0, capped: false, since: null }, pending: new Map() };

/** For each webhook, in the given order. All are of one agency. */
export async function findNotDelivered(manager: EntityManager, rows: readonly WebhookRow[]): Promise<NotDelivered[]> {
  if (rows.length === 0) return [];
  const undelivered = await manager.query<UndeliveredRow[]>(NOT_DELIVERED, [
    rows[0]!.agency_id,
    rows.map(({ id }) => id),
    rows.map(lowestIdOf),
    rows.map(isOffByUs),
  ]);
  return rows.map(({ id }) => sumOf(undelivered.filter(({ webhook_id }) => webhook_id === id)));
}

export const isOffByUs = ({ is_active, off_reason }: Pick<WebhookRow, 'is_active' | 'off_reason'>): boolean =>
  !is_active && off_reason !== 'person';

/** null for a webhook without trouble: only its pending deliveries are counted. */
function lowestIdOf(row: WebhookRow): string | null {
  const troubled = isOffByUs(row) || row.failures_in_a_row > 0 || row.last_24h.failed > 0;
  if (!troubled) return null;
  const began = [row.failing_since, row.off_at].filter((at) => at !== null).map((at) => Date.parse(at));
  return uuidFloor(Math.min(Date.now() - DAY_MS, ...began));
}

function sumOf(rows: readonly UndeliveredRow[]): NotDelivered {
  if (rows.length === 0) return NONE;
  const pending = new Map<number, number>();
  for (const { first_id, count } of rows.filter((row) => row.pending)) {
    const hour = Math.floor(uuidTime(first_id) / HOUR_MS) * HOUR_MS;
    pending.set(hour, (pending.get(hour) ?? 0) + count);
  }
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const since = Math.min(...rows.map(({ first_id }) => uuidTime(first_id)));
  return {
    total: { count: Math.min(count, CAP), capped: count > CAP, since: new Date(since).toISOString() },
    pending,
  };
}

/** Adds to each step of a series how many of its deliveries are pending. */
export function withPending<T extends { start: string }>(
  series: readonly T[],
  pending: NotDelivered['pending'],
  stepMs: number,
): (T & { pending: number })[] {
  return series.map((step) => {
    const start = Date.parse(step.start);
    let sum = 0;
    for (const [hour, count] of pending) if (hour >= start && hour < start + stepMs) sum += count;
    return { ...step, pending: sum };
  });
}
