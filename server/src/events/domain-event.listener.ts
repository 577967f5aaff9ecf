import { applyDecorators, Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import { DomainEvents } from './domain-events.js';
import type { AcceptedEvent } from './event-intake.js';
import type { DomainEvent } from './publishable-event.js';

/** Emitted in process: `await emitter.emitAsync('offer.accepted', { agencyId, data })`. */
type EmittedEvent = Omit<DomainEvent, 'type'>;

// Nest swallows listener errors by default; the emitter must learn that its event was not stored.
const OnCatalogueEvent = (type: string) => OnEvent(type, { suppressErrors: false });

/**
 * Publishes domain events emitted in this process. Use `emitAsync` and await it: plain `emit` discards the promise,
 * so it cannot report whether the event was stored.
 */
@Injectable()
export class DomainEventListener {
  constructor(private readonly domainEvents: DomainEvents) {}
}

// One method per type, because a listener receives the payload but not the emitted type.
for (const { type } of EVENT_DEFINITIONS) {
  const handler = function (this: { domainEvents: DomainEvents }, event: EmittedEvent): Promise<AcceptedEvent> {
    return this.domainEvents.publish({ ...event, type });
  };
  const descriptor = { value: handler, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(DomainEventListener.prototype, type, descriptor);
  applyDecorators(OnCatalogueEvent(type))(DomainEventListener.prototype, type, descriptor);
}
