import type { DomainEvent } from './catalogue.js';
import { currentConfiguration, settingsOf, type WebhooksConfiguration } from './configuration.js';
import { post } from './http-transport.js';
import type { components } from './schema.gen.js';
import { webhookHelpers, type WebhookHelpers } from './webhook-events.js';

/** The server's receipt: the event and its deliveries are stored. `id` is the `webhook-id` that receivers see. */
export type Published = components['schemas']['AcceptedEventResponse'];

/** Publishes over HTTP with settings of its own. No method throws synchronously, so `.catch(log)` is safe. */
export interface Publisher extends WebhookHelpers<[], Published> {
  /** Publishes one event. Resolves when the server has stored it; rejects with PublishError. */
  publishEvent: (event: DomainEvent) => Promise<Published>;
  /** Publishes up to 500 events (8 MiB), all or none. The receipts are in the order of the events. */
  publishEvents: (events: readonly DomainEvent[]) => Promise<Published[]>;
}

/**
 * A publisher separate from the one that `configureWebhooks` configures. Omitted settings come from the environment.
 */
export function createPublisher(configuration: WebhooksConfiguration = {}): Publisher {
  return publisherOf(() => configuration);
}

function publisherOf(configuration: () => WebhooksConfiguration): Publisher {
  const publishEvent = async (event: DomainEvent): Promise<Published> =>
    (await post(JSON.stringify(withId(event)), settingsOf(configuration()))) as Published;
  const publishEvents = async (events: readonly DomainEvent[]): Promise<Published[]> => {
    if (events.length === 0) return [];
    return (await post(JSON.stringify(events.map(withId)), settingsOf(configuration()))) as Published[];
  };
  return { publishEvent, publishEvents, ...webhookHelpers(publishEvent) };
}

/** The id is chosen before the first attempt and shared by all attempts, so the event is stored at most once. */
function withId(event: DomainEvent): DomainEvent {
  return { ...event, id: event.id ?? crypto.randomUUID() };
}

/** The publisher configured by `configureWebhooks` or the environment. */
export const {
  publishEvent,
  publishEvents,
  webhookApplicationCreated,
  webhookApplicationStatusChanged,
  webhookInterviewScheduled,
  webhookInterviewCompleted,
  webhookOfferSent,
  webhookOfferAccepted,
  webhookOfferRejected,
  webhookVideoRecordingReady,
  webhookVideoTranscriptCompleted,
  webhookPlacementCreated,
} = publisherOf(currentConfiguration);
