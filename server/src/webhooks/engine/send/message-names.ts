import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServiceDatabase } from '../../../database/service-database.js';
import { unnamedIn, type EventData } from '../../../events/records/labels.js';
import { completed } from '../../../events/records/record-names.js';
import { Records } from '../../../events/records/records.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';

/*
 * Adds names to messages to tools, for events that lack them. They come from records and are stored with the delivery,
 * because records change and the log must show what was sent. Events with names need no query.
 */

interface KeptNames {
  names: Record<string, string>;
}

/** $1 delivery, $2 agency, $3 event, $4 names. Stores nothing if the message was erased meanwhile. */
const KEEP_SQL = /* sql */ `
insert into message_names (delivery_id, agency_id, names)
select $1, $2, $4 where exists (
  select from webhook_events e where e.agency_id = $2 and e.id = $3 and (e.body is not null))
on conflict do nothing`;

@Injectable()
export class MessageNames {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly records: Records,
  ) {}

  /** The delivery, with names in its message. Rejects when the database is unavailable. */
  async complete(delivery: ClaimedDelivery): Promise<ClaimedDelivery> {
    const message = JSON.parse(delivery.body) as { data: EventData };
    if (delivery.test || unnamedIn(message.data).length === 0) return delivery;
    const { deliveryId, agencyId } = delivery;
    const kept = await keptNames(this.database.manager, agencyId, deliveryId);
    const names = kept ?? (await this.#find(delivery, message.data));
    return names ? { ...delivery, body: withNames(delivery.body, names) } : delivery;
  }

  #find({ deliveryId, agencyId, eventId }: ClaimedDelivery, data: EventData): Promise<Record<string, string> | null> {
    return this.records.writing(async (manager) => {
      const [complete] = await completed(manager, agencyId, [data]);
      const found = Object.entries(complete!).filter(([field, value]) => data[field] !== value);
      if (found.length === 0) return null;
      const names = Object.fromEntries(found) as Record<string, string>;
      await manager.query(KEEP_SQL, [deliveryId, agencyId, eventId, JSON.stringify(names)]);
      return names;
    });
  }
}

/** The names that were added to the message of a delivery; null: none. */
export async function keptNames(
  manager: EntityManager,
  agencyId: string,
  deliveryId: string,
): Promise<Record<string, string> | null> {
  const [row] = (await manager.query('select names from message_names where delivery_id = $1 and agency_id = $2', [
    deliveryId,
    agencyId,
  ])) as KeptNames[];
  return row?.names ?? null;
}

/** The message with these names. */
export function withNames(body: string, names: Record<string, string>): string {
  const message = JSON.parse(body) as { data: EventData };
  return JSON.stringify({ ...message, data: { ...message.data, ...names } });
}
