import type { DomainEvent } from '../catalogue.js';
import { serialised } from '../event-text.js';
import { PublishError } from '../publish-error.js';
import { webhookHelpers, type WebhookHelpers } from '../webhook-events.js';
import { natsTransport, type NatsOptions } from './nats-transport.js';

/** `id` is the key under which the server stores the event once. */
export interface Streamed {
  id: string;
}

/** Publishes to JetStream instead of HTTP. No method throws synchronously. */
export interface NatsPublisher extends WebhookHelpers<[], Streamed> {
  /**
   * Resolves when the stream has the event; the server takes it from there. Rejects with PublishError:
   * `validation_failed` for an event that does not match the catalogue, `network_error` if NATS did not store it within
   * 30 s.
   */
  publishEvent: (event: DomainEvent) => Promise<Streamed>;
  /** Waits for publishes in flight, then disconnects. */
  close: () => Promise<void>;
}

const TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 100;
/** A cluster that has lost its leader does not answer for some seconds. */
const MAX_PAUSE_MS = 2_000;

export function createNatsPublisher(options: NatsOptions): NatsPublisher {
  const transport = natsTransport(options);
  const publishEvent = async (event: DomainEvent): Promise<Streamed> => {
    const { id, text } = serialised(event);
    const from = performance.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(MAX_PAUSE_MS, pause * 2)) {
      try {
        await transport.send([{ id, event: text }]);
        return { id };
      } catch (error) {
        if (!(error instanceof PublishError) || performance.now() - from + pause > TIMEOUT_MS) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  return { publishEvent, close: () => transport.close(), ...webhookHelpers(publishEvent) };
}
