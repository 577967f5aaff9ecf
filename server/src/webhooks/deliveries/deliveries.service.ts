import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { isUuid } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { decodeCursor, pageOf, type Page } from '../../http/keyset-page.js';
import { Changes } from '../engine/changes.js';
import { DeliveryQueue } from '../engine/queue/delivery-queue.js';
import { Dispatcher } from '../engine/dispatcher.js';
import type { DeliveriesQuery, DeliveryFilter } from './deliveries.dto.js';
import {
  countDeliveries,
  findAttemptContents,
  findAttempts,
  findDeliveries,
  findEvent,
  getDelivery,
} from './delivery-queries.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { RETRY_DELAYS_MS } from '../model/retry-plans.js';
import { WebhookEvent } from '../../events/event.entity.js';
import { SentBody } from './sent-body.js';
import { findResends } from '../recoveries/resends.js';
import type { AttemptContentResponse, DeliveryAttemptContentResponse } from './attempt-response.dto.js';
import type {
  DeliveryContentResponse,
  DeliveryCountsResponse,
  DeliveryDetailResponse,
  DeliveryResponse,
} from './delivery-response.dto.js';

/** The delivery log of an agency. Each method is one transaction that sees only this agency. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly queue: DeliveryQueue,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    private readonly audit: AuditLog,
    private readonly sentBody: SentBody,
    private readonly addresses: WebhookAddresses,
  ) {}

  async list(actor: AgencyActor, query: DeliveriesQuery): Promise<Page<DeliveryResponse>> {
    const { agencyId } = actor;
    const { limit, cursor, ...filter } = query;
    const [before = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const rows = await this.transaction.run(agencyId, (manager) =>
      findDeliveries(manager, agencyId, filter, { before, limit: limit + 1 }),
    );
    return pageOf(
      rows,
      limit,
      ({ id }) => [id],
      (row) => this.addresses.inRow(actor, row),
    );
  }

  counts({ agencyId }: AgencyActor, filter: DeliveryFilter): Promise<DeliveryCountsResponse> {
    return this.transaction.run(agencyId, (manager) => countDeliveries(manager, agencyId, filter));
  }

  /** Throws AppError not_found. */
  async get(actor: AgencyActor, id: string): Promise<DeliveryDetailResponse> {
    const { agencyId } = actor;
    return this.transaction.snapshot(agencyId, async (manager) => {
      const { delivery, retry_plan } = await getDelivery(manager, agencyId, id);
      const timeline = await findAttempts(manager, agencyId, id);
      return {
        ...this.addresses.inRow(actor, delivery),
        retry_plan,
        max_attempts: delivery.test ? 1 : RETRY_DELAYS_MS[retry_plan].length + 1,
        event_detail: await findEvent(manager, agencyId, delivery.event_id),
        timeline: timeline.map((attempt) => this.addresses.inAttempt(actor, delivery.webhook.id, attempt)),
        resends: await findResends(manager, agencyId, delivery),
      };
    });
  }

  /** Message and answers are personal data, so reading them is audited. Throws AppError not_found. */
  async content(actor: AgencyActor, id: string): Promise<DeliveryContentResponse> {
    const { agencyId } = actor;
    return this.transaction.snapshot(agencyId, async (manager) => {
      const { delivery } = await getDelivery(manager, agencyId, id);
      const event = await manager.findOneBy(WebhookEvent, { id: delivery.event_id, agencyId });
      const attempts = await findAttemptContents(manager, agencyId, delivery);
      const entry = { action: 'delivery.content_read', targetKind: 'delivery', targetId: id };
      await this.audit.record(manager, actor, entry);
      return {
        body: await this.sentBody.of(manager, { agencyId, delivery }, attempts),
        purged_at: event?.purgedAt ?? null,
        attempts: attempts.map(exchanged),
      };
    });
  }

  /** Throws AppError not_found, delivery_in_flight, webhook_off or purged. */
  async resend(actor: AgencyActor, id: string): Promise<DeliveryResponse> {
    const { agencyId } = actor;
    const { delivery } = await this.transaction.run(agencyId, async (manager) => {
      await this.queue.resend(manager, { agencyId, deliveryId: id });
      await this.audit.record(manager, actor, { action: 'delivery.resent', targetKind: 'delivery', targetId: id });
      return getDelivery(manager, agencyId, id);
    });
    // After the commit: before it, the queue row is not visible to the dispatcher.
    this.dispatcher.nudge();
    this.changes.delivery(agencyId, id);
    return this.addresses.inRow(actor, delivery);
  }

  /** Throws AppError not_found, delivery_in_flight or not_owed. */
  async cancel(actor: AgencyActor, id: string): Promise<DeliveryResponse> {
    const { agencyId } = actor;
    const { delivery } = await this.transaction.run(agencyId, async (manager) => {
      await this.queue.cancel(manager, { agencyId, deliveryId: id });
      await this.audit.record(manager, actor, { action: 'delivery.cancelled', targetKind: 'delivery', targetId: id });
      return getDelivery(manager, agencyId, id);
    });
    this.changes.delivery(agencyId, id);
    return this.addresses.inRow(actor, delivery);
  }
}

/** Without what the timeline shows. */
function exchanged(attempt: AttemptContentResponse): DeliveryAttemptContentResponse {
  const { n, request_headers, response_headers, response_body, response_body_encoding, response_truncated } = attempt;
  return { n, request_headers, response_headers, response_body, response_body_encoding, response_truncated };
}
