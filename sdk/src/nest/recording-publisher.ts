import type { DomainEvent } from '../catalogue.js';
import { serialised } from '../event-text.js';
import { WebhookPublisher } from './webhook-publisher.js';

/**
 * For tests: keeps events instead of sending them, and refuses those that the catalogue refuses.
 * `overrideProvider(WebhookPublisher).useValue(new RecordingPublisher())`
 */
export class RecordingPublisher extends WebhookPublisher {
  /** What was published, in order, as it would be sent. */
  readonly events: (DomainEvent & { id: string; occurredAt: string })[];

  constructor() {
    const events: RecordingPublisher['events'] = [];
    super(async (event) => {
      const { id, text } = serialised(event);
      events.push(JSON.parse(text) as RecordingPublisher['events'][number]);
      return { id };
    });
    this.events = events;
  }
}
