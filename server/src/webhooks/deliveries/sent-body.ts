import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WebhookEvent } from '../../events/event.entity.js';
import { reduced } from '../destinations/content.js';
import { keptNames, withNames } from '../engine/send/message-names.js';
import { isChat, isTool } from '../destinations/kinds.js';
import { RequestBody } from '../destinations/request-body.js';
import type { Reason } from '../model/reasons.js';
import { WebhookVersion } from '../model/webhook-version.entity.js';
import type { DeliveryRow } from './delivery-queries.js';

/**
 * The group in whose message delivery $2 of agency $1 was last sent: by its own attempt, or by one of delivery $3,
 * which carried it. No row: it was sent alone.
 */
const GROUP_SQL = /* sql */ `
select g.body from webhook_groups g where g.agency_id = $1 and g.id = (
  select a.group_id from webhook_attempts a
  where a.agency_id = $1 and (a.delivery_id = $2 or a.delivery_id = $3 and a.outcome = 'succeeded' and exists (
    select from webhook_groups o where o.agency_id = $1 and o.id = a.group_id and $2 = any(o.members)))
  order by a.started_at desc limit 1)`;

/** Rebuilds the body of a request from the event and the configuration that was used. */
@Injectable()
export class SentBody {
  constructor(private readonly body: RequestBody) {}

  /** Of the newest of `attempts`; for an endpoint, or before the first attempt, the message itself. null: erased. */
  async of(
    manager: EntityManager,
    { agencyId, delivery }: { agencyId: string; delivery: DeliveryRow },
    attempts: readonly { version: number | null; reason: Reason }[],
  ): Promise<string | null> {
    const event = await manager.findOneBy(WebhookEvent, { id: delivery.event_id, agencyId });
    if (!event?.body) return null;
    const values = [agencyId, delivery.id, delivery.delivered_in];
    const [group] = await manager.query<{ body: string | null }[]>(GROUP_SQL, values);
    if (group) return group.body;
    const version = attempts.findLast((attempt) => attempt.version !== null)?.version ?? null;
    if (version === null) return event.body;
    const used = await manager.findOneBy(WebhookVersion, { agencyId, webhookId: delivery.webhook.id, version });
    const { content = null } = used ?? {};
    const tool = used && isTool(used.kind) ? { kind: used.kind, style: used.style! } : null;
    const names = tool && (await keptNames(manager, agencyId, delivery.id));
    const whole = names ? withNames(event.body, names) : event.body;
    const body = content ? reduced(whole, content) : whole;
    const delivered = { eventId: event.id, deliveryId: delivery.id, body, test: delivery.test };
    const short =
      tool !== null && isChat(tool.kind) && attempts.slice(0, -1).some(({ reason }) => reason === 'too_large');
    return this.body.of(delivered, tool, short);
  }
}
