import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WebhookEvent } from '../../events/event.entity.js';
import { messageData } from '../../events/publishable-event.js';
import { failedCondition } from '../destinations/conditions.js';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRight } from '../../auth/role.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { type Page, pageOf } from '../../http/keyset-page.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { findEvents, findRecipients, getEvent } from './events-log-queries.js';
import type { EventResponse, EventsQuery, EventWithRecipientsResponse } from './events-log.dto.js';
import { Names } from './names.js';
import { recipientResult } from './recipient-result.js';

/** The events of an agency with their recipients, without the messages, which are part of the content of a delivery. */
@Injectable()
export class EventsLog {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly addresses: WebhookAddresses,
    private readonly names: Names,
  ) {}

  list(actor: AgencyActor, query: EventsQuery): Promise<Page<EventResponse>> {
    const { agencyId } = actor;
    const { limit, cursor, ...filter } = query;
    return pageOf({ limit, cursor }, (bounds) =>
      this.transaction.run(agencyId, async (manager) => {
        const named = await this.names.search(manager, actor, filter.q);
        const found = await findEvents(manager, agencyId, { ...filter, named }, bounds);
        return this.names.about(manager, actor, found, ({ id }) => id);
      }),
    );
  }

  /** Throws AppError not_found. */
  async get(actor: AgencyActor, id: string): Promise<EventWithRecipientsResponse> {
    const { agencyId } = actor;
    return this.transaction.snapshot(agencyId, async (manager) => {
      const event = await getEvent(manager, agencyId, id);
      const [shown] = await this.names.about(manager, actor, [event], () => id);
      const recipients = await findRecipients(manager, agencyId, event);
      const data = recipients.some(({ conditions }) => conditions !== null)
        ? await this.#dataOf(manager, agencyId, id)
        : null;
      const mayRead = hasRight(actor, 'content.read');
      return {
        ...shown!,
        judged_by: 'present_settings' as const,
        recipients: recipients.map((recipient) => {
          const { webhook, delivery, conditions } = this.addresses.inRow(actor, recipient);
          const failed = data && failedCondition(conditions, event.type, data);
          const result = recipientResult({ ...recipient, leftOut: failed !== null });
          const by = result === 'conditions' ? failed : null;
          const value = by && mayRead ? valueOf(data![by.field]) : null;
          return { webhook, result, left_out_by: by, left_out_value: value, delivery };
        }),
      };
    });
  }

  /** The `data` of the message, which conditions are about; null after an erasure. */
  async #dataOf(manager: EntityManager, agencyId: string, id: string): Promise<Record<string, unknown> | null> {
    const event = await manager.findOneBy(WebhookEvent, { id, agencyId });
    return event?.body ? messageData(event.body) : null;
  }
}

const valueOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : null);
