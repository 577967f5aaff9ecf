import { randomUUID } from 'node:crypto';
import type { DomainEvent } from './catalogue.js';
import { currentSettings } from './configuration.js';
import { post } from './http-transport.js';
import type { components } from './schema.gen.js';

/** The server's receipt: the event is stored, its deliveries are owed. `id` is the `webhook-id` that receivers see. */
export type Published = components['schemas']['AcceptedEventResponse'];

/**
 * Publishes one event. Resolves when the server has stored it; rejects with PublishError and never throws at once, so
 * `publishEvent(…).catch(log)` does not hold up the caller.
 */
export async function publishEvent(event: DomainEvent): Promise<Published> {
  const answer = await post(JSON.stringify(withId(event)), currentSettings());
  return answer as Published;
}

/** Publishes up to 500 events (8 MiB) together: all are stored or none. The receipts are in the order of the events. */
export async function publishEvents(events: readonly DomainEvent[]): Promise<Published[]> {
  if (events.length === 0) return [];
  const answer = await post(JSON.stringify(events.map(withId)), currentSettings());
  return answer as Published[];
}

/** The id is chosen before the first try: all tries carry the same one, so at most one of them is stored. */
function withId(event: DomainEvent): DomainEvent {
  return { ...event, id: event.id ?? randomUUID() };
}
