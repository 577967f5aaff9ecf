import { applyDecorators, Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { EVENT_DEFINITIONS } from './catalogue/catalogue.js';
import { DomainEvents } from './domain-events.js';
import type { AcceptedEvent } from './event-intake.js';
import type { DomainEvent } from './publishable-event.js';

/** What in-process code emits: `await emitter.emitAsync('offer.accepted', { agencyId, data })`. */
export type EmittedEvent = Omit<DomainEvent, 'type'>;

// Nest swallows what a listener throws unless told otherwise; the emitter must learn that its event was not stored.
const OnCatalogueEvent = (type: string) => OnEvent(type, { suppressErrors: false });

/**
 * Domain events emitted in this process become published events. Emit with `emitAsync` and await it: plain `emit` cannot mean
 * "stored", because nobody waits for the answer.
 */
@Injectable()
export class DomainEventListener {
  constructor(private readonly domainEvents: DomainEvents) {}
}

// One method per type, because a listener is told the payload and not the type that was emitted.
for (const { type } of EVENT_DEFINITIONS) {
  const handler = function (this: { domainEvents: DomainEvents }, event: EmittedEvent): Promise<AcceptedEvent> {
    return this.domainEvents.publish({ ...event, type });
  };
  const descriptor = { value: handler, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(DomainEventListener.prototype, type, descriptor);
  applyDecorators(OnCatalogueEvent(type))(DomainEventListener.prototype, type, descriptor);
}
