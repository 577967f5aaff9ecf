import { Injectable } from '@nestjs/common';
import type { AgencyActor } from '../../auth/actor.js';
import { isUuid } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { decodeCursor, type Page, pageOf } from '../../http/keyset-page.js';
import { DELIVERY_STATES } from '../model/delivery.entity.js';
import { type EventRow, findEvents, findRecipients, getEvent, type RecipientRow } from './events-log-queries.js';
import type {
  EventDeliveryCountsResponse,
  EventRecipientResponse,
  EventResponse,
  EventsQuery,
  EventWithRecipientsResponse,
} from './events-log.dto.js';
import { recipientResult } from './recipient-result.js';

/** The events of an agency with their recipients, without the messages: those are the content of a delivery. */
@Injectable()
export class EventsLog {
  constructor(private readonly transaction: TenantTransaction) {}

  async list({ agencyId }: AgencyActor, query: EventsQuery): Promise<Page<EventResponse>> {
    const { limit, cursor, ...filter } = query;
    const [before = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const rows = await this.transaction.run(agencyId, (manager) =>
      findEvents(manager, agencyId, filter, { before, limit: limit + 1 }),
    );
    return pageOf(rows, limit, (row) => [row.id], eventJson);
  }

  /** Throws AppError not_found. */
  async get({ agencyId }: AgencyActor, id: string): Promise<EventWithRecipientsResponse> {
    return this.transaction.run(agencyId, async (manager) => {
      const event = await getEvent(manager, agencyId, id);
      const recipients = await findRecipients(manager, agencyId, event);
      return {
        ...eventJson(event),
        size_bytes: event.size_bytes,
        judged_by: 'present_settings' as const,
        recipients: recipients.map(recipientJson),
      };
    });
  }
}

function eventJson(row: EventRow) {
  const { subject_kind: kind, subject_id: subjectId } = row;
  const counts = DELIVERY_STATES.map((state) => [state, row.deliveries[state] ?? 0] as const);
  return {
    id: row.id,
    type: row.type,
    occurred_at: row.occurred_at.toISOString(),
    accepted_at: row.accepted_at.toISOString(),
    test: row.test,
    subject: kind !== null && subjectId !== null ? { kind, id: subjectId } : null,
    purged_at: row.purged_at?.toISOString() ?? null,
    deliveries: Object.fromEntries(counts) as unknown as EventDeliveryCountsResponse,
  } satisfies EventResponse;
}

function recipientJson(row: RecipientRow): EventRecipientResponse {
  const { id, url, description, is_active, deleted, delivery_id: deliveryId, state, last_reason: reason } = row;
  return {
    webhook: { id, url, description, is_active, deleted },
    result: recipientResult({
      delivery: deliveryId === null ? null : { state, reason },
      createdLater: row.created_later,
      deletedBefore: row.deleted_before,
      subscribed: row.subscribed,
      isActive: is_active,
    }),
    delivery:
      deliveryId === null
        ? null
        : { id: deliveryId, status: state, attempts: row.attempts, response_status: row.last_status, reason },
  };
}
