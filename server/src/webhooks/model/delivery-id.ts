import { hash } from 'node:crypto';
import { writeUuid } from '../../database/binary-arrays.js';

const pair = Buffer.alloc(32);

/**
 * The id of the delivery of an event to a webhook: there is exactly one, so the primary key makes the pair unique.
 * Equal to the SQL function delivery_id, as a test verifies.
 */
export function deliveryId(eventId: string, webhookId: string): string {
  writeUuid(pair, eventId, 0);
  writeUuid(pair, webhookId, 16);
  const digits = hash('sha256', pair, 'hex');
  const first = (0x80 | (pair[31]! & 0x3f)).toString(16);
  return `${eventId.slice(0, 19)}${first}${digits.slice(2, 4)}-${digits.slice(4, 16)}`;
}
