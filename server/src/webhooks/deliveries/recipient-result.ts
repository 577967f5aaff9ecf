import type { DeliveryState } from '../model/delivery.entity.js';
import type { Reason } from '../model/reasons.js';

export const RECIPIENT_RESULTS = [
  'told',
  'off',
  'deleted',
  'not_subscribed',
  'conditions',
  'created_later',
  'subscribed_later',
] as const;
export type RecipientResult = (typeof RECIPIENT_RESULTS)[number];

export interface Recipient {
  webhook: { is_active: boolean };
  delivery: { status: DeliveryState; reason: Reason | null } | null;
  /** The webhook was created after the event was stored. */
  created_later: boolean;
  /** It was deleted before the event was stored. */
  deleted_before: boolean;
  /** It is subscribed to the type now. */
  subscribed: boolean;
  /** The event does not meet its current conditions. */
  leftOut: boolean;
}

/**
 * Why a webhook did or did not get an event. A delivery is a fact. Without one the current settings decide: a webhook
 * that is subscribed and on now, yet got nothing, was not so at that time.
 */
export function recipientResult(recipient: Recipient): RecipientResult {
  const { delivery } = recipient;
  if (delivery?.status === 'skipped') return 'off';
  if (delivery?.status === 'cancelled' && delivery.reason === 'webhook_deleted') return 'deleted';
  if (delivery) return 'told';
  if (recipient.created_later) return 'created_later';
  if (recipient.deleted_before) return 'deleted';
  if (!recipient.subscribed) return 'not_subscribed';
  if (recipient.leftOut) return 'conditions';
  return recipient.webhook.is_active ? 'subscribed_later' : 'off';
}
