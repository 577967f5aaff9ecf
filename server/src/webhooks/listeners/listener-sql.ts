import type { EntityManager } from 'typeorm';

/** Payload: webhook, and its newest stream or `-` when the session has ended. */
export const LISTENER_STREAMS = 'bpoc_listener_streams';

interface EndedSession {
  webhookId: string;
  agencyId: string;
}

/**
 * Switches listeners `w`, with rows `l`, off; returns those that were on. Their health first, as settle locks it.
 * `over`: which, over `values`.
 */
export function endSessions(manager: EntityManager, over: string, values: unknown[]): Promise<EndedSession[]> {
  return manager.query(
    `with listening as materialized (
       select w.id from webhooks w join listeners l on l.webhook_id = w.id
       where w.kind = 'listen' and w.is_active and w.deleted_at is null and ${over}
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
