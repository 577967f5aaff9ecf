import type { EntityManager } from 'typeorm';
import type { ResendResponse } from '../deliveries/delivery-response.dto.js';
import type { DeliveryRow } from '../deliveries/delivery-view.js';

/** A delivery that is sent again more often shows the newest. */
const MAX_SHOWN = 100;

/*
 * One by one: the audit log, by an index of its own. In bulk: the recoveries since the delivery was made that have it among what they have dealt
 * with, except what they passed over. The rows say where their lists begin and end, so few lists
 * are unpacked (1 ms each with 20,000 ids).
 */
const SELECT_RESENDS = /* sql */ `
select x.at, x.by, x.recovery_id from (
  select a.at, coalesce(nullif(a.actor_name, ''), case a.actor_kind when 'key' then 'an API key' else 'somebody' end) as by, null::uuid as recovery_id
  from audit_log a where a.target_id = $2::text and a.action = 'delivery.resent' and a.agency_id = $1
  union all
  select r.started_at, r.created_by, r.id
  from recoveries r
  where r.agency_id = $1 and r.started_at is not null and r.created_at >= $3
    and $2::uuid between r.first_id and r.last_id and array_position(r.delivery_ids, $2::uuid) <= r.position and not $2::uuid = any(r.passed_over_ids)
) x order by x.at desc limit ${MAX_SHOWN}`;

/** Who sent a delivery again and when, oldest first. */
export async function findResends(
  manager: EntityManager,
  agencyId: string,
  { id, created_at }: DeliveryRow,
): Promise<ResendResponse[]> {
  const rows = (await manager.query(SELECT_RESENDS, [agencyId, id, created_at])) as (Omit<ResendResponse, 'at'> & {
    at: Date;
  })[];
  return rows.toReversed().map((row) => ({ ...row, at: row.at.toISOString() }));
}
