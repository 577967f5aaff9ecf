import type { EntityManager } from 'typeorm';
import type { DeliveryRow } from '../deliveries/delivery-queries.js';
import type { ResendResponse } from '../deliveries/delivery-response.dto.js';

/** How many are shown, the newest. */
const MAX_SHOWN = 100;

/*
 * Single resends are in the audit log, which has an index for them. Bulk resends are the recoveries created after the
 * delivery that have processed it without skipping it. The first and last id limit how many lists are detoasted (1 ms
 * each with 20,000 ids).
 */
const SELECT_RESENDS = /* sql */ `
select x.at, x.by, x.recovery_id from (
  select a.at, null::uuid as recovery_id,
    coalesce(nullif(a.actor_name, ''), case a.actor_kind when 'key' then 'an API key' else 'somebody' end) as by
  from audit_log a where a.target_id = $2::text and a.action = 'delivery.resent' and a.agency_id = $1
  union all
  select r.started_at, r.id, r.created_by
  from recoveries r
  where r.agency_id = $1 and r.started_at is not null and r.created_at >= $3
    and $2::uuid between r.first_id and r.last_id
    and array_position(r.delivery_ids, $2::uuid) <= r.position and not $2::uuid = any(r.passed_over_ids)
) x order by x.at desc limit ${MAX_SHOWN}`;

/** The deliveries that a recovery has resent so far; none for an unknown recovery. */
export async function findResentIds(manager: EntityManager, agencyId: string, recoveryId: string): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `select x.id from recoveries r cross join unnest(r.delivery_ids[1 : r.position]) as x(id)
     where r.agency_id = $1 and r.id = $2 and x.id <> all (r.passed_over_ids)`,
    [agencyId, recoveryId],
  );
  return rows.map(({ id }) => id);
}

/** Resends of a delivery, oldest first. */
export async function findResends(
  manager: EntityManager,
  agencyId: string,
  { id, created_at }: DeliveryRow,
): Promise<ResendResponse[]> {
  const rows: ResendResponse[] = await manager.query(SELECT_RESENDS, [agencyId, id, created_at]);
  return rows.toReversed();
}
