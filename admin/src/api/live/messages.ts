import type { StreamMessages } from '../types';

/** Messages of the stream. Each is the newest state of one thing, so the next one makes up for one that was lost. */
export type LiveMessages = Omit<StreamMessages, 'heartbeat'>;

export type LiveDelivery = LiveMessages['delivery'];
export type LiveWebhook = LiveMessages['webhook'];

export type LiveMessage = {
  [Name in keyof LiveMessages]: { event: Name; data: LiveMessages[Name] };
}[keyof LiveMessages];

export const LIVE_EVENTS = [
  'delivery',
  'webhook',
  'counts',
  'recovery',
  'reset',
] as const satisfies readonly (keyof LiveMessages)[];
