import type { EntityManager } from 'typeorm';
import type { PublishableEvent } from './publishable-event.js';

/** What became of a published event. */
export interface AcceptedEvent {
  /** The event id, `webhook-id` of every message about it. */
  id: string;
  /** How many deliveries will be sent. */
  deliveries: number;
  /** How many were skipped at once, because their webhook is off. */
  skipped: number;
}

/**
 * Where the bus hands events over. The webhooks engine provides it, so the bus knows no webhooks. All methods reject with AppError:
 * validation_failed (unknown agency), idempotency_conflict, intake_full, database_unavailable.
 */
export abstract class EventIntake {
  /** Stores one event in a transaction of its own, shared with its neighbours in time. Resolves after COMMIT. */
  abstract accept(event: PublishableEvent): Promise<AcceptedEvent>;

  /** Stores all or nothing, in one transaction; answers in the same order. */
  abstract acceptAll(events: PublishableEvent[]): Promise<AcceptedEvent[]>;

  /** Stores the events in the caller's transaction: they exist when it commits, and never did when it rolls back. */
  abstract acceptWithin(manager: EntityManager, events: PublishableEvent[]): Promise<AcceptedEvent[]>;
}
