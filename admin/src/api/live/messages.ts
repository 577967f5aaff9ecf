import type { StreamMessages } from '../types';

/** Messages of the stream. Each has the newest state of one item, so a lost one is made up for by the next. */
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
