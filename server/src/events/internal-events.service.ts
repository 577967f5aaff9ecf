import { Injectable } from '@nestjs/common';
import { actsFor, type Actor } from '../auth/actor.js';
import { AppError, fieldError } from '../lib/app-error.js';
import { DomainEvents } from './domain-events.js';
import type { AcceptedEvent } from './event-intake.js';
import type { DomainEvent } from './publishable-event.js';

const MAX_BATCH = 500;

/**
 * The HTTP side of the bus: one event or an array, the Idempotency-Key header, and the agencies a token may publish
 * for.
 */
@Injectable()
export class InternalEvents {
  constructor(private readonly domainEvents: DomainEvents) {}

  async publish(actor: Actor, body: unknown, key: string | undefined): Promise<AcceptedEvent | AcceptedEvent[]> {
    if (Array.isArray(body)) {
      if (key !== undefined)
        throw new AppError(
          'bad_request',
          'Idempotency-Key is for single events: give each event of an array its own id.',
        );
      if (body.length === 0) throw fieldError('', 'too_few', 'At least one event.');
      if (body.length > MAX_BATCH) throw fieldError('', 'too_many', `At most ${MAX_BATCH} events at once.`);
      body.forEach((event, index) => refuseForeignAgency(actor, event, `${index}.agencyId`));
      return this.domainEvents.publishAll(body);
    }
    refuseForeignAgency(actor, body, 'agencyId');
    return this.domainEvents.publish(withKey(body, key) as DomainEvent);
  }
}

function withKey(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null) return body;
  if ('id' in body && body.id !== key)
    throw new AppError('bad_request', 'Idempotency-Key differs from the id of the event.');
  return { ...body, id: key };
}

function refuseForeignAgency(actor: Actor, event: unknown, field: string): void {
  const agencyId = typeof event === 'object' && event !== null && 'agencyId' in event ? event.agencyId : undefined;
  if (typeof agencyId !== 'string' || actsFor(actor, agencyId.toLowerCase())) return;
  const message = 'This token may not publish for this agency.';
  throw new AppError('forbidden', message, { errors: [{ field, code: 'forbidden', message }] });
}
