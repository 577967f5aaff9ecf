import type { ServiceDatabase } from '../../database/service-database.js';

/*
 * Counts the outcomes of recoveries into their rows: counting 20,000 deliveries takes 20 to 60 ms, too much for every
 * row of every list and live view.
 */

/** Maximum age of the counts at first: live views poll as often. */
const FRESH = `interval '2 seconds'`;
/** After that, retries are minutes to hours apart, and counting slows down to `LATER`. */
const FRESH_FOR = `interval '10 minutes'`;
const LATER = `interval '10 minutes'`;
/** Longer than any retry plan: nothing changes after it. */
const UNTIL = `interval '4 days'`;

export interface Counted {
  id: string;
  agency_id: string;
}

export const UNCOUNTED_SQL = /* sql */ `
select id from recoveries
where state <> 'planned' and (finished_at is null or finished_at > now() - ${UNTIL})
  and (counted_at is null
    or counted_at < now() - case when finished_at < now() - ${FRESH_FOR} then ${LATER} else ${FRESH} end)`;

/** `finished_at` before the start is an older failure that was skipped. No row: nothing has changed. */
const COUNT_SQL = /* sql */ `
with counted as (
  update recoveries r set delivered = o.delivered, failed = o.failed, retrying = o.retrying,
    counted_at = now()
  from recoveries b cross join lateral (
    select (count(*) filter (where d.state = 'delivered'))::int as delivered,
      (count(*) filter (where d.state <> 'delivered'))::int as failed,
      (count(*) filter (where d.state = 'retrying'))::int as retrying
    from webhook_deliveries d
    where d.agency_id = b.agency_id and d.id = any(b.delivery_ids[1 : b.position])
      and (d.state = 'retrying' or d.state in ('delivered', 'failed') and d.finished_at >= b.started_at)
  ) o
  where b.id = $1 and r.id = b.id
  returning r.id, r.agency_id,
    (b.delivered, b.failed, b.retrying) is distinct from (r.delivered, r.failed, r.retrying) as changed
)
select id, agency_id from counted where changed`;

/** Updates the counts that are due; returns the recoveries whose counts changed. */
export async function countOutcomes(database: ServiceDatabase): Promise<Counted[]> {
  const changed: Counted[] = [];
  for (const { id } of await database.prepared<{ id: string }>('uncounted_recoveries', UNCOUNTED_SQL))
    changed.push(...(await database.query<Counted>(COUNT_SQL, [id])));
  return changed;
}
