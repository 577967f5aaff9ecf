import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WebhookEvent } from '../../events/event.entity.js';
import { isTool } from '../destinations/kinds.js';
import { RequestBody } from '../destinations/request-body.js';
import { WebhookVersion } from '../model/webhook-version.entity.js';
import type { DeliveryRow } from './delivery-queries.js';

/** The body of a request, made again from the event and the configuration that was used. */
@Injectable()
export class SentBody {
  constructor(private readonly body: RequestBody) {}

  /** Of the newest of `attempts`; the message itself for an endpoint, or before any. null after an erasure. */
  async of(
    manager: EntityManager,
    { agencyId, delivery }: { agencyId: string; delivery: DeliveryRow },
    attempts: readonly { version: number | null }[],
  ): Promise<string | null> {
    const event = await manager.findOneBy(WebhookEvent, { id: delivery.event_id, agencyId });
    const version = attempts.findLast((attempt) => attempt.version !== null)?.version;
    if (!event?.body || version === undefined || version === null) return event?.body ?? null;
    const used = await manager.findOneBy(WebhookVersion, { agencyId, webhookId: delivery.webhook.id, version });
    const tool = used && isTool(used.kind) ? { kind: used.kind, style: used.style! } : null;
    const delivered = { eventId: event.id, deliveryId: delivery.id, body: event.body, test: delivery.test };
    return this.body.of(delivered, tool);
  }
}
