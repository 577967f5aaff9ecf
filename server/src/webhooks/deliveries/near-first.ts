import type { EntityManager } from 'typeorm';
import type { PageBounds } from '../../http/keyset-page.js';
import type { Conditions } from './delivery-filter.js';

interface Near<Found> {
  /** Of what is found: its conditions, and where a page goes on. */
  conditions: Conditions;
  before?: string | null;
  /** How many of the newest events are looked at first. */
  events: number;
  isEnough: (found: Found) => boolean;
}

/**
 * What refers to a record or a name, which may be in every second event or in none: looks among the newest events,
 * then, unless that is enough, among all. Without references at once among all.
 */
export async function nearFirst<Found>(
  manager: EntityManager,
  agencyId: string,
  { conditions, before = null, events, isEnough }: Near<Found>,
  find: (conditions: Conditions) => Promise<Found>,
): Promise<Found> {
  if (conditions.references.length === 0) return find(conditions);
  const [end = null] = [before, conditions.beforeId].filter((id) => id !== null).toSorted();
  const [bound] = (await manager.query(
    `select id from webhook_events where agency_id = $1 and ($2::uuid is null or id < $2)
     order by id desc offset ${events} limit 1`,
    [agencyId, end],
  )) as { id: string }[];
  const { fromId } = conditions;
  if (!bound || (fromId !== null && fromId >= bound.id)) return find(conditions);
  const near = await find({ ...conditions, fromId: bound.id });
  return isEnough(near) ? near : find(conditions);
}

/** What one event in 40 refers to fills a page from these. */
export const nearPage = <Row>({ before, limit }: PageBounds): Omit<Near<Row[]>, 'conditions'> => ({
  before,
  events: 2_000,
  isEnough: (rows) => rows.length >= limit,
});
