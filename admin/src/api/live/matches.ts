import { covers } from '../../lib/event-selection';
import type { DeliveryFilter } from '../deliveries';
import type { LiveDelivery } from './messages';

/**
 * Whether a list with this filter will show the delivery, so that new ones are counted by the same rule. Conditions on
 * what a message does not contain (the records of an event) do not match.
 */
export function matches(filter: DeliveryFilter, delivery: LiveDelivery): boolean {
  const { status, webhook_id, recovery_id, event, response, reason, reference, q, from, to, test } = filter;
  const at = timeOf(delivery.id);
  return (
    !q &&
    !reference &&
    !recovery_id &&
    (test === 'any' || delivery.test === (test === 'true')) &&
    (!status || status.includes(delivery.status)) &&
    (!webhook_id || delivery.webhook_id === webhook_id) &&
    (!event || covers(event, delivery.event)) &&
    (!reason || delivery.reason === reason) &&
    (!response || answers(response, delivery)) &&
    (!from || at >= Date.parse(from)) &&
    (!to || at < Date.parse(to))
  );
}

/** Ids carry the time in their first 48 bits (RFC 9562, version 7). */
export function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function answers(response: string, { response_status: status, attempts }: LiveDelivery): boolean {
  if (response === 'none') return status === null && attempts > 0;
  return response.endsWith('xx') ? String(status).startsWith(response.charAt(0)) : String(status) === response;
}
