import type { EntityManager } from 'typeorm';
import { DUE, LOCK_MESSAGES_SQL, type QueuedDelivery } from './requeue.js';

/*
 * Queues past events for a webhook that did not get them when they were accepted: for a recovery, in its transaction.
 * The id of a delivery is derived from its event and webhook, so an event that the webhook has already got is not
 * queued.
 */

export interface PastEvents {
  agencyId: string;
  webhookId: string;
  eventIds: readonly string[];
}

/**
 * Queues nothing if the webhook is off or deleted by now; while that can be undone, it returns a row without an id.
 * Skips erased messages. Deliveries of a paused webhook wait.
 */
const QUEUE_SQL = /* sql */ `
with queued as (
  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at)
  select q.id, $1, q.webhook_id, q.event_id, q.type, ${DUE} from (
    select delivery_id(e.id, w.id) as id, w.id as webhook_id, e.id as event_id, e.type
    from webhook_events e join webhooks w on w.agency_id = e.agency_id
    where e.agency_id = $1 and e.id = any($2) and e.body is not null
      and w.id = $3 and w.is_active and w.deleted_at is null
  ) q
  where not exists (select from all_deliveries d where d.agency_id = $1 and d.id = q.id)
  order by q.id
  on conflict (delivery_id) do nothing
  returning delivery_id, webhook_id
)
(select delivery_id as id, webhook_id, pg_notify('bpoc_due', '') from queued order by delivery_id)
union all select null, id, null from webhooks where agency_id = $1 and id = $3 and undo_until > now()`;

/** Returns the new deliveries; null: try again later, because the webhook may be turned on again. */
export async function queuePast(
  manager: EntityManager,
  { agencyId, webhookId, eventIds }: PastEvents,
): Promise<QueuedDelivery[] | null> {
  // An erasure runs before this or sees its result.
  await manager.query(LOCK_MESSAGES_SQL, [agencyId, eventIds]);
  const rows = await manager.query<QueuedDelivery[]>(QUEUE_SQL, [agencyId, eventIds, webhookId]);
  return rows.some(({ id }) => id === null) ? null : rows;
}
