import { Injectable } from '@nestjs/common';
import type { AgencyActor } from '../../auth/actor.js';
import { isUuid } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { decodeCursor, type Page, pageOf } from '../../http/keyset-page.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { findEvents, findRecipients, getEvent } from './events-log-queries.js';
import type { EventResponse, EventsQuery, EventWithRecipientsResponse } from './events-log.dto.js';
import { recipientResult } from './recipient-result.js';

/** The events of an agency with their recipients, without the messages: those are the content of a delivery. */
@Injectable()
export class EventsLog {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly addresses: WebhookAddresses,
  ) {}

  async list({ agencyId }: AgencyActor, query: EventsQuery): Promise<Page<EventResponse>> {
    const { limit, cursor, ...filter } = query;
    const [before = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const rows = await this.transaction.run(agencyId, (manager) =>
      findEvents(manager, agencyId, filter, { before, limit: limit + 1 }),
    );
    return pageOf(
      rows,
      limit,
      ({ id }) => [id],
      (row) => row,
    );
  }

  /** Throws AppError not_found. */
  async get(actor: AgencyActor, id: string): Promise<EventWithRecipientsResponse> {
    const { agencyId } = actor;
    return this.transaction.snapshot(agencyId, async (manager) => {
      const event = await getEvent(manager, agencyId, id);
      const recipients = await findRecipients(manager, agencyId, event);
      return {
        ...event,
        judged_by: 'present_settings' as const,
        recipients: recipients.map((recipient) => {
          const { webhook, delivery } = this.addresses.inRow(actor, recipient);
          return { webhook, result: recipientResult(recipient), delivery };
        }),
      };
    });
  }
}
