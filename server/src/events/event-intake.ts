import type { EntityManager } from 'typeorm';
import type { PublishableEvent } from './publishable-event.js';

/** The result of publishing an event. */
export interface AcceptedEvent {
  /** The event id, `webhook-id` of every message about it. */
  id: string;
  /** Number of deliveries that will be sent. */
  deliveries: number;
  /** Number skipped because their webhook is off. */
  skipped: number;
}

/**
 * What the event bus needs of the webhooks engine, which implements it: so the bus does not depend on webhooks. All
 * methods reject with AppError: validation_failed (unknown agency), idempotency_conflict, intake_full,
 * database_unavailable.
 */
export abstract class EventIntake {
  /** Stores one event, batched with concurrent ones in a transaction. Resolves after COMMIT. */
  abstract accept(event: PublishableEvent): Promise<AcceptedEvent>;

  /** Stores all or none, in one transaction; results are in the same order. */
  abstract acceptAll(events: PublishableEvent[]): Promise<AcceptedEvent[]>;

  /** Stores the events in the caller's transaction. */
  abstract acceptWithin(manager: EntityManager, events: PublishableEvent[]): Promise<AcceptedEvent[]>;
}
