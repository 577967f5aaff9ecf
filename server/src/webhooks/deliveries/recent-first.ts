import type { EntityManager } from 'typeorm';
import type { PageBounds } from '../../http/keyset-page.js';
import type { Conditions } from './delivery-filter.js';

interface RecentSearch<Found> {
  conditions: Conditions;
  /** The id at which the page begins, if it is not the first. */
  before?: string | null;
  /** How many of the newest events are searched first. */
  events: number;
  isEnough: (found: Found) => boolean;
}

/**
 * For a search by record or name, which every second event may match, or none: searches the newest events first, then
 * all events unless that was enough. A search without references goes over all events at once.
 */
export async function recentFirst<Found>(
  manager: EntityManager,
  agencyId: string,
  { conditions, before = null, events, isEnough }: RecentSearch<Found>,
  find: (conditions: Conditions) => Promise<Found>,
): Promise<Found> {
  if (conditions.references.length === 0) return find(conditions);
  const [end = null] = [before, conditions.beforeId].filter((id) => id !== null).toSorted();
  const [bound] = await manager.query<{ id: string }[]>(
    `select id from webhook_events where agency_id = $1 and ($2::uuid is null or id < $2)
     order by id desc offset ${events} limit 1`,
    [agencyId, end],
  );
  const { fromId } = conditions;
  if (!bound || (fromId !== null && fromId >= bound.id)) return find(conditions);
  const recent = await find({ ...conditions, fromId: bound.id });
  return isEnough(recent) ? recent : find(conditions);
}

/** The search for a page, which is full after these events if one in 40 of them matches. */
export const recentPage = <Row>({ before, limit }: PageBounds): Omit<RecentSearch<Row[]>, 'conditions'> => ({
  before,
  events: 2_000,
  isEnough: (rows) => rows.length >= limit,
});
