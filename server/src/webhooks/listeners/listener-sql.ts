import type { EntityManager } from 'typeorm';
import type { WebhookRef } from '../engine/queue/claimed-delivery.js';

/** Payload: webhook, and its newest stream or `-` when the session has ended. */
export const LISTENER_STREAMS = 'bpoc_listener_streams';

/**
 * Switches off the listeners that meet the condition over `w` (webhooks) and `l` (listeners); returns those that were
 * on. Locks their health first, as settle does.
 */
export function endSessions(manager: EntityManager, condition: string, values: unknown[]): Promise<WebhookRef[]> {
  return manager.query(
    `with listening as materialized (
       select w.id from webhooks w join listeners l on l.webhook_id = w.id
       where w.kind = 'listen' and w.is_active and w.deleted_at is null and ${condition}
     ), closed as (
       update webhook_health h set unheard_until = 'infinity' where h.webhook_id in (select id from listening)
       returning h.webhook_id
     ), ended as (
       update listeners l set stream = null, seen_at = now() where l.webhook_id in (select webhook_id from closed)
     ), off as (
       update webhooks w set is_active = false, off_reason = 'session_ended', off_at = now(), version = version + 1,
         updated_at = now()
       where w.id in (select webhook_id from closed) and w.is_active returning w.id, w.agency_id
     )
     select id as "webhookId", agency_id as "agencyId" from off`,
    values,
  );
}
