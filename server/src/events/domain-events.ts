import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError, type FieldError } from '../lib/app-error.js';
import { Records } from './records/records.js';
import type { EventData } from './records/labels.js';
import { EventIntake, type AcceptedEvent } from './event-intake.js';
import { parseDomainEvent, type DomainEvent, type PublishableEvent } from './publishable-event.js';

export interface PublishOptions {
  /** The caller's transaction: state and event commit together. */
  manager?: EntityManager;
  /** The default of `occurredAt`, for events that waited in a message bus. */
  publishedAt?: Date;
}

const MAX_LISTED_ERRORS = 100;

/** The event bus: publishing means storing. */
@Injectable()
export class DomainEvents {
  constructor(
    private readonly intake: EventIntake,
    private readonly records: Records,
  ) {}

  /**
   * Publishes one event. Resolves when it is stored: after COMMIT or, with `manager`, when its rows are in the
   * caller's transaction. Rejects with AppError validation_failed, event_too_large, idempotency_conflict,
   * intake_full or database_unavailable.
   */
  async publish(event: DomainEvent, { manager, publishedAt }: PublishOptions = {}): Promise<AcceptedEvent> {
    const parsed = parseDomainEvent(event, Date.now(), publishedAt?.getTime());
    if (parsed.errors) throw refusal(parsed.errors);
    const accepted = manager
      ? (await this.intake.acceptWithin(manager, [parsed.event]))[0]!
      : await this.intake.accept(parsed.event);
    this.#noticeNames(parsed.event, accepted, event);
    return accepted;
  }

  /** Publishes all events or none; results are in the same order. Field paths of errors begin with the index. */
  async publishAll(events: unknown[]): Promise<AcceptedEvent[]> {
    const now = Date.now();
    const publishable: PublishableEvent[] = [];
    const errors: FieldError[] = [];
    events.forEach((raw, index) => {
      const parsed = parseDomainEvent(raw, now);
      if (parsed.event) publishable.push(parsed.event);
      else
        errors.push(
          ...parsed.errors.map(({ field, code, message }) => ({
            field: field ? `${index}.${field}` : String(index),
            code,
            message: field !== '' && message.startsWith(`${field} `) ? `${index}.${message}` : message,
          })),
        );
    });
    if (errors.length > 0) throw refusal(errors);
    if (publishable.length === 0) return [];
    const all = await this.intake.acceptAll(publishable);
    for (const [index, accepted] of all.entries()) {
      this.#noticeNames(publishable[index]!, accepted, events[index] as DomainEvent);
    }
    return all;
  }

  #noticeNames({ agencyId }: PublishableEvent, { id }: AcceptedEvent, { data }: DomainEvent): void {
    this.records.notice({ agencyId, eventId: id }, data as EventData);
  }
}

function refusal(errors: FieldError[]): AppError {
  const listed = errors.slice(0, MAX_LISTED_ERRORS);
  if (errors.every((error) => error.code === 'event_too_large'))
    return new AppError('event_too_large', 'The message is larger than 256 KiB.', { errors: listed });
  const what = errors.length === 1 ? `${errors[0]!.message}.` : 'The event is not as the catalogue says.';
  return new AppError('validation_failed', `${what} Nothing was stored.`, { errors: listed });
}
