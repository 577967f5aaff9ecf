import type { Delivery, Recovery, Webhook } from '../types';

/** What the stream says. Each message is the newest state of one thing, so that one lost is mended by the next. */
export interface LiveMessages {
  delivery: LiveDelivery;
  webhook: LiveWebhook | { id: string; deleted: true };
  /** The numbers of the last 24 hours changed; what they are by a screen's own filter, the screen asks itself. */
  counts: unknown;
  recovery: Recovery;
  /** Something was not told: everything is asked again. */
  reset: unknown;
}

export type LiveDelivery = Pick<
  Delivery,
  'id' | 'event' | 'status' | 'response_status' | 'reason' | 'attempts' | 'next_attempt_at' | 'duration_ms' | 'test'
> & { webhook_id: string };

export type LiveWebhook = Pick<
  Webhook,
  'id' | 'health' | 'failures_in_a_row' | 'is_active' | 'paused_until' | 'off_reason'
>;

export type LiveMessage = {
  [Name in keyof LiveMessages]: { event: Name; data: LiveMessages[Name] };
}[keyof LiveMessages];

export const LIVE_EVENTS = ['delivery', 'webhook', 'counts', 'recovery', 'reset'] as const;
