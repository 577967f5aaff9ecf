import type { DeliveryState } from '../model/delivery.entity.js';
import type { Reason } from '../model/reasons.js';

export const RECIPIENT_RESULTS = [
  'told',
  'off',
  'deleted',
  'not_subscribed',
  'created_later',
  'subscribed_later',
] as const;
export type RecipientResult = (typeof RECIPIENT_RESULTS)[number];

/** What is known of a webhook and one event. */
export interface Recipient {
  delivery: { state: DeliveryState; reason: Reason | null } | null;
  /** The webhook was made after the event was stored. */
  createdLater: boolean;
  /** It was deleted before the event was stored. */
  deletedBefore: boolean;
  /** It hears of the type now. */
  subscribed: boolean;
  isActive: boolean;
}

/**
 * Who was told, and why not. A delivery is a fact. Without one the present settings must do: a webhook that is subscribed and on would have
 * got one, so it was not so then.
 */
export function recipientResult(recipient: Recipient): RecipientResult {
  const { delivery } = recipient;
  if (delivery?.state === 'skipped') return 'off';
  if (delivery?.state === 'cancelled' && delivery.reason === 'webhook_deleted') return 'deleted';
  if (delivery) return 'told';
  if (recipient.createdLater) return 'created_later';
  if (recipient.deletedBefore) return 'deleted';
  if (!recipient.subscribed) return 'not_subscribed';
  return recipient.isActive ? 'subscribed_later' : 'off';
}
