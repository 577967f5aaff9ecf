import { Injectable } from '@nestjs/common';
import { actsFor, type Actor } from '../auth/actor.js';
import { AppError, fieldError } from '../lib/app-error.js';
import { DomainEvents } from './domain-events.js';
import type { AcceptedEvent } from './event-intake.js';
import type { DomainEvent } from './publishable-event.js';

const MAX_BATCH = 500;

/** Headers of a request to publish. */
interface PublishHeaders {
  key?: string | undefined;
  traceparent?: string | undefined;
}

/**
 * The HTTP side of the bus: one event or an array, the headers Idempotency-Key and traceparent, and the agencies a
 * token may publish for.
 */
@Injectable()
export class InternalEvents {
  constructor(private readonly domainEvents: DomainEvents) {}

  async publish(
    actor: Actor,
    body: unknown,
    { key, traceparent }: PublishHeaders,
  ): Promise<AcceptedEvent | AcceptedEvent[]> {
    if (Array.isArray(body)) {
      if (key !== undefined)
        throw new AppError(
          'bad_request',
          'Idempotency-Key is for single events: give each event of an array its own id.',
        );
      if (body.length === 0) throw fieldError('', 'too_few', 'At least one event.');
      if (body.length > MAX_BATCH) throw fieldError('', 'too_many', `At most ${MAX_BATCH} events at once.`);
      body.forEach((event, index) => refuseForeignAgency(actor, event, `${index}.agencyId`));
      return this.domainEvents.publishAll(traceparent ? body.map((event) => traced(event, traceparent)) : body);
    }
    refuseForeignAgency(actor, body, 'agencyId');
    return this.domainEvents.publish(traced(withKey(body, key), traceparent) as DomainEvent);
  }
}

function withKey(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null) return body;
  if ('id' in body && body.id !== key)
    throw new AppError('bad_request', 'Idempotency-Key differs from the id of the event.');
  return { ...body, id: key };
}

/** The event's own trace comes before that of the request. */
function traced(body: unknown, traceparent: string | undefined): unknown {
  if (traceparent === undefined || typeof body !== 'object' || body === null || 'traceparent' in body) return body;
  return Array.isArray(body) ? body : { ...body, traceparent };
}

function refuseForeignAgency(actor: Actor, event: unknown, field: string): void {
  const agencyId = typeof event === 'object' && event !== null && 'agencyId' in event ? event.agencyId : undefined;
  if (typeof agencyId !== 'string' || actsFor(actor, agencyId.toLowerCase())) return;
  const message = 'This token may not publish for this agency.';
  throw new AppError('forbidden', message, { errors: [{ field, code: 'forbidden', message }] });
}
