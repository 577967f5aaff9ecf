import { randomUUID } from 'node:crypto';
import type { DomainEvent } from './catalogue.js';
import { currentSettings } from './configuration.js';
import { post } from './http-transport.js';
import type { components } from './schema.gen.js';

/** The server's receipt: the event and its deliveries are stored. `id` is the `webhook-id` that receivers see. */
export type Published = components['schemas']['AcceptedEventResponse'];

/**
 * Publishes one event. Resolves when the server has stored it; rejects with PublishError and never throws
 * synchronously, so `publishEvent(…).catch(log)` is safe.
 */
export async function publishEvent(event: DomainEvent): Promise<Published> {
  const answer = await post(JSON.stringify(withId(event)), currentSettings());
  return answer as Published;
}

/** Publishes up to 500 events (8 MiB), all or none. The receipts are in the order of the events. */
export async function publishEvents(events: readonly DomainEvent[]): Promise<Published[]> {
  if (events.length === 0) return [];
  const answer = await post(JSON.stringify(events.map(withId)), currentSettings());
  return answer as Published[];
}

/** The id is chosen before the first attempt: all attempts share it, so the event is stored once at most. */
function withId(event: DomainEvent): DomainEvent {
  return { ...event, id: event.id ?? randomUUID() };
}
