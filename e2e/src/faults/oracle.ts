import { expect } from '@jest/globals';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import type { Receiver } from '../support/receiver.js';

/*
 * The invariants under any fault: every accepted (event, webhook) pair reaches the receiver at least once, and every
 * delivery is either pending, or final with exactly one counted success if delivered and none if not: its own, or that
 * of the delivery in whose message it was sent.
 */

export interface Ends {
  state: string;
  pending: boolean;
  /** Attempts that succeeded and were not fenced. */
  successes: number;
  count: number;
}

const ENDS_SQL = /* sql */ `
with attempts as (
  select delivery_id, count(*) filter (where outcome = 'succeeded' and not fenced)::int as successes
  from all_attempts group by 1
)
select d.state, q.delivery_id is not null as pending,
  coalesce(a.successes, 0) + coalesce(l.successes, 0) as successes, count(*)::int as count
from all_deliveries d
left join webhook_queue q on q.delivery_id = d.id and q.agency_id = d.agency_id
left join attempts a on a.delivery_id = d.id
left join attempts l on l.delivery_id = d.delivered_in
where not d.test group by 1, 2, 3 order by 1, 2, 3`;

const PENDING = new Set(['waiting', 'retrying']);

/** State of all deliveries of a database. Fails when one is in an impossible state. */
export async function finalStatesOf(dataDir: string): Promise<Ends[]> {
  const ends = await withDatabase(dataDir, async (client) => (await client.query<Ends>(ENDS_SQL)).rows);
  for (const { state, pending, successes } of ends)
    expect({ state, pending, successes }).toEqual({
      state,
      pending: PENDING.has(state),
      successes: state === 'delivered' ? 1 : 0,
    });
  return ends;
}

/** Waits until there are `count` deliveries, each delivered by one success. The API's counts end at 10,000. */
export async function untilAllDelivered(dataDir: string, count: number, timeoutMs = 60_000): Promise<void> {
  const all = count === 0 ? [] : [{ state: 'delivered', pending: false, successes: 1, count }];
  await eventually(async () => expect(await finalStatesOf(dataDir)).toEqual(all), { timeoutMs, everyMs: 200 });
}

/** Compares what a receiver got with the accepted events, each of which belongs to each of the paths. */
export function compareReceived(
  receiver: Receiver,
  paths: string[],
  accepted: string[],
): { lost: number; duplicates: number } {
  let lost = 0;
  let duplicates = 0;
  for (const path of paths) {
    const ids = receiver.requests(path).map(({ headers }) => headers['webhook-id']);
    const seen = new Set(ids);
    lost += accepted.filter((id) => !seen.has(id)).length;
    duplicates += ids.length - seen.size;
  }
  return { lost, duplicates };
}

/** What a process prints for an unhandled rejection or error. */
export const CRASH_WORDS = /unhandled|uncaught|Node\.js v/i;
