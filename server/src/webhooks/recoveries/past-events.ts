import type { EntityManager } from 'typeorm';
import { subscribedTypes } from '../../events/catalogue/catalogue.js';
import { messageData } from '../../events/publishable-event.js';
import { fieldError } from '../../lib/app-error.js';
import { uuidFloor } from '../../lib/ids.js';
import { failedCondition, type EventCondition } from '../destinations/conditions.js';
import type { Webhook } from '../model/webhook.entity.js';
import { MAX_PLANNED } from './recoveries.dto.js';

/* Past events that a webhook would have got, by its current events and conditions, and did not get. */

interface PastEvent {
  id: string;
  type: string;
  accepted_at: Date;
}

export interface Past {
  /** Oldest first. */
  events: PastEvent[];
  leftOut: { purged: number; conditions: number; in_log: number };
}

interface Row extends PastEvent {
  purged: boolean;
  /** Only of types with conditions. */
  body: string | null;
  in_log: boolean;
}

/** Rows read by one statement, without and with bodies, which may be 256 KiB each. */
const PAGE = 2_000;
const PAGE_OF_BODIES = 100;
/** Conditions are checked in this process, so every event of a type that has some is read. */
const MAX_SCANNED = 200_000;

const PAGE_SQL = /* sql */ `
select e.id, e.type, e.accepted_at, e.body is null as purged, case when e.type = any($5) then e.body end as body,
  exists (select from all_deliveries d where d.agency_id = $1 and d.id = delivery_id(e.id, $2)) as in_log
from webhook_events e
where e.agency_id = $1 and e.id > $3 and e.type = any($4) and not e.test
order by e.id limit $6`;

/** Throws AppError validation_failed if there are more events than a plan may hold, or too many to look at. */
export async function findPast(
  manager: EntityManager,
  { id: webhookId, agencyId, events: patterns, conditions }: Webhook,
  sinceMs: number,
): Promise<Past> {
  const judged = conditions as EventCondition[] | null;
  const types = subscribedTypes(patterns);
  const conditioned = types.filter((type) => judged?.some(({ event }) => event === type));
  const past: Past = { events: [], leftOut: { purged: 0, conditions: 0, in_log: 0 } };
  let after = uuidFloor(sinceMs);
  const page = conditioned.length > 0 ? PAGE_OF_BODIES : PAGE;
  for (let scanned = 0; ; scanned += page) {
    const rows = await manager.query<Row[]>(PAGE_SQL, [agencyId, webhookId, after, types, conditioned, page]);
    for (const row of rows) {
      const obstacle = obstacleOf(row, judged);
      if (obstacle) past.leftOut[obstacle]++;
      else past.events.push({ id: row.id, type: row.type, accepted_at: row.accepted_at });
    }
    if (past.events.length > MAX_PLANNED) throw tooMany(`${MAX_PLANNED} events`);
    if (rows.length < page) return past;
    if (scanned + page >= MAX_SCANNED) throw tooMany(`${MAX_SCANNED} events to look at`);
    after = rows.at(-1)!.id;
  }
}

function obstacleOf({ type, purged, in_log, body }: Row, conditions: EventCondition[] | null) {
  if (in_log) return 'in_log';
  if (purged) return 'purged';
  if (body === null) return null;
  return failedCondition(conditions, type, messageData(body)) === null ? null : 'conditions';
}

function tooMany(what: string) {
  return fieldError('include_past.days', 'too_many', `include_past covers more than ${what}: take fewer days`);
}
