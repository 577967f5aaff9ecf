import type { EntityManager } from 'typeorm';
import { MOST_IN_GROUP } from '../engine/queue/turn-sql.js';
import { opensAt, phaseAt, scheduleOf, type Schedule } from '../destinations/schedule.js';
import { paceOf, type DestinationKind } from '../destinations/kinds.js';
import type { Pace } from '../model/pace.js';
import type { DeliveryWaitsResponse } from './delivery-response.dto.js';

/* What a delivery of a paced webhook is waiting for. Computed when it is read: nothing is planned in the database. */

const COUNT_CAP = 10_000;

/**
 * $1 agency, $2 delivery. A row only if it could be sent now, were it its turn. While a request is in flight, `next_at`
 * is the end of its lease.
 */
const WAITS_SQL = /* sql */ `
select w.kind, w.pace, w.style, f.every_ms, b.before, q.due_at, q.failures > 0 or q.group_id is not null as tried,
  q.group_id is not null or q.failures = 0 and f.group_over < (
    select count(*) from (
      select from webhook_queue o
      where o.webhook_id = q.webhook_id and o.failures = 0 and o.group_id is null and o.due_at <= now()
        and o.token is null limit f.group_over + 1
    ) o) as grouped,
  least(greatest(f.next_at, now()), now() + f.every_ms * interval '1 millisecond') as next_at
from webhook_queue q
join webhooks w on w.id = q.webhook_id and w.agency_id = q.agency_id and w.is_active and w.deleted_at is null
join webhook_flow f on f.webhook_id = q.webhook_id and f.agency_id = q.agency_id
left join webhook_health h on h.webhook_id = q.webhook_id
cross join lateral (
  select count(*)::int as before from (
    select from webhook_queue o
    where o.webhook_id = q.webhook_id and o.due_at <= now() and (o.due_at, o.delivery_id) < (q.due_at, q.delivery_id)
      and (o.lease_until is null or o.lease_until < now()) limit ${COUNT_CAP}
  ) o
) b
where q.agency_id = $1 and q.delivery_id = $2 and q.due_at <= now() and h.closed_until is null
  and (q.lease_until is null or q.lease_until < now())`;

interface WaitsRow {
  kind: DestinationKind;
  style: Partial<Schedule> | null;
  due_at: Date;
  tried: boolean;
  pace: Pace | null;
  every_ms: number;
  before: number;
  grouped: boolean | null;
  next_at: Date;
}

/** null: it is not paced, in flight, planned for later or done, or its webhook is off, paused or held. */
export async function findWaits(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<DeliveryWaitsResponse | null> {
  const [row] = await manager.query<WaitsRow[]>(WAITS_SQL, [agencyId, deliveryId]);
  if (!row) return null;
  const schedule = scheduleOf(row.style);
  const nowMs = Date.now();
  const opensMs = opensAt(schedule, row.tried ? -Infinity : row.due_at.getTime(), nowMs);
  const pace = paceOf(row.kind, row.pace)!;
  if (opensMs > nowMs) {
    const why = phaseAt(schedule, nowMs).cutoffMs === -Infinity ? 'quiet_hours' : 'group';
    return { for: why, before: row.before, until: new Date(opensMs), pace };
  }
  const turns = row.grouped ? Math.floor(row.before / MOST_IN_GROUP) : row.before;
  const until = new Date(row.next_at.getTime() + turns * row.every_ms);
  return { for: row.grouped ? 'group' : 'pace', before: row.before, until, pace };
}
