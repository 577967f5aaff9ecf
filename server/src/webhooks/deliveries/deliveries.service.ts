import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRight } from '../../auth/role.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { pageOf, type Page } from '../../http/keyset-page.js';
import { Changes } from '../engine/changes.js';
import { PendingDeliveries } from '../engine/queue/pending-deliveries.js';
import { Dispatcher } from '../engine/dispatcher.js';
import type { DeliveriesQuery, DeliveryFilter } from './deliveries.dto.js';
import {
  countDeliveries,
  findAttemptContents,
  findAttempts,
  findDeliveries,
  findEventDetail,
  findExcerpts,
  getDelivery,
  type DeliveryRow,
} from './delivery-queries.js';
import type { FilterParts } from './delivery-filter.js';
import { Names } from './names.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { RETRY_DELAYS_MS } from '../model/retry-plans.js';
import { WebhookEvent } from '../../events/event.entity.js';
import { SentBody } from './sent-body.js';
import { findWaits } from './waits.js';
import { findResends, findResentIds } from '../recoveries/resends.js';
import type { AttemptContentResponse, DeliveryAttemptContentResponse } from './attempt-response.dto.js';
import type {
  DeliveryContentResponse,
  DeliveryCountsResponse,
  DeliveryDetailResponse,
  DeliveryResponse,
} from './delivery-response.dto.js';

/** As a plain type, because instances of classes cannot be spread. */
type ShownDelivery = Pick<DeliveryResponse, keyof DeliveryResponse>;

/** The delivery log of an agency. Each method is one transaction that sees only this agency. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly pending: PendingDeliveries,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    private readonly audit: AuditLog,
    private readonly sentBody: SentBody,
    private readonly addresses: WebhookAddresses,
    private readonly names: Names,
  ) {}

  list(actor: AgencyActor, query: DeliveriesQuery): Promise<Page<DeliveryResponse>> {
    const { agencyId } = actor;
    const { limit, cursor, ...filter } = query;
    return pageOf({ limit, cursor }, (bounds) =>
      this.transaction.run(agencyId, async (manager) => {
        const resolved = await this.#resolved(manager, actor, filter);
        return this.#shown(manager, actor, await findDeliveries(manager, agencyId, resolved, bounds));
      }),
    );
  }

  counts(actor: AgencyActor, { ...filter }: DeliveryFilter): Promise<DeliveryCountsResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) =>
      countDeliveries(manager, agencyId, await this.#resolved(manager, actor, filter)),
    );
  }

  /** Adds what has to be looked up: the records that the text names, and the deliveries of the recovery. */
  async #resolved(
    manager: EntityManager,
    actor: AgencyActor,
    filter: DeliveryFilter,
  ): Promise<DeliveryFilter & FilterParts> {
    const { recovery_id: recovery } = filter;
    const named = await this.names.search(manager, actor, filter.q);
    const ids = recovery && (await findResentIds(manager, actor.agencyId, recovery));
    return Object.assign({}, filter, { named }, ids && { delivery_ids: ids });
  }

  /** Throws AppError not_found. */
  async get(actor: AgencyActor, id: string): Promise<DeliveryDetailResponse> {
    const { agencyId } = actor;
    return this.transaction.snapshot(agencyId, async (manager) => {
      const { delivery, retry_plan } = await getDelivery(manager, agencyId, id);
      const timeline = await findAttempts(manager, agencyId, id);
      const [shown] = await this.#shown(manager, actor, [delivery]);
      const waits = await findWaits(manager, agencyId, id);
      return {
        ...shown!,
        next_attempt_at: waits?.until ?? delivery.next_attempt_at,
        waits,
        retry_plan,
        max_attempts: delivery.test ? 1 : RETRY_DELAYS_MS[retry_plan].length + 1,
        event_detail: await findEventDetail(manager, agencyId, delivery.event_id),
        timeline: timeline.map((attempt) => this.addresses.inAttempt(actor, delivery.webhook.id, attempt)),
        answers:
          delivery.status !== 'delivered' && hasRight(actor, 'content.read')
            ? await findExcerpts(manager, agencyId, delivery)
            : [],
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
    const delivery = await this.transaction.run(agencyId, async (manager) => {
      await this.pending.resend(manager, { agencyId, deliveryId: id });
      await this.audit.record(manager, actor, { action: 'delivery.resent', targetKind: 'delivery', targetId: id });
      return this.#one(manager, actor, id);
    });
    // After the commit: before it, the queue row is not visible to the dispatcher.
    this.dispatcher.nudge();
    this.changes.delivery(agencyId, id);
    return delivery;
  }

  /** Throws AppError not_found, delivery_in_flight or not_owed. */
  async cancel(actor: AgencyActor, id: string): Promise<DeliveryResponse> {
    const { agencyId } = actor;
    const delivery = await this.transaction.run(agencyId, async (manager) => {
      await this.pending.cancel(manager, { agencyId, deliveryId: id });
      await this.audit.record(manager, actor, { action: 'delivery.cancelled', targetKind: 'delivery', targetId: id });
      return this.#one(manager, actor, id);
    });
    this.changes.delivery(agencyId, id);
    return delivery;
  }

  async #one(manager: EntityManager, actor: AgencyActor, id: string): Promise<DeliveryResponse> {
    const { delivery } = await getDelivery(manager, actor.agencyId, id);
    const [shown] = await this.#shown(manager, actor, [delivery]);
    return shown!;
  }

  async #shown(manager: EntityManager, actor: AgencyActor, rows: DeliveryRow[]): Promise<ShownDelivery[]> {
    const named = await this.names.about(manager, actor, rows, ({ event_id }) => event_id);
    return named.map((row) => this.addresses.inRow(actor, row));
  }
}

/** Without the fields that are in the timeline. */
function exchanged(attempt: AttemptContentResponse): DeliveryAttemptContentResponse {
  const { n, request_headers, response_headers, response_body, response_body_encoding, response_truncated } = attempt;
  return { n, request_headers, response_headers, response_body, response_body_encoding, response_truncated };
}
