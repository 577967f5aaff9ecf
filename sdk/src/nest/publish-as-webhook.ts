import type { DomainEvent, EventType } from '../catalogue.js';
import type { Transaction } from '../outbox/transaction.js';
import type { EventInput } from '../webhook-events.js';

export interface PublishAsWebhookOptions<Event> {
  /** Names under which `@nestjs/event-emitter` emits it, also as a plain object. Default: any name, by class. */
  on?: string | readonly string[];
  /** The transaction to write it in, if the event has one. */
  tx?: (event: Event) => Transaction | undefined;
}

/** How events of one class are published. */
export interface Publication {
  type: EventType;
  map: (event: never) => EventInput<EventType> | null;
  names: readonly string[];
  tx: (event: never) => Transaction | undefined;
}

/** Global in the process, because ES modules and CommonJS load this file twice. */
const PUBLICATION = Symbol.for('bpoc-webhooks/publication');
const byName = new Map<string, Publication>();

/**
 * Publishes every event of the decorated class that passes through the EventBus of `@nestjs/cqrs` or the EventEmitter2
 * of `@nestjs/event-emitter`. `map` returns the fields of the webhook event with `agencyId`, or null to publish
 * nothing. Await `eventBus.publish(…)` or `emitter.emitAsync(…)`, which reject if the event is not stored.
 */
export function PublishAsWebhook<T extends EventType, Event extends object>(
  type: T,
  map: (event: Event) => EventInput<T> | null,
  { on = [], tx = () => undefined }: PublishAsWebhookOptions<Event> = {},
): (eventClass: abstract new (...args: never[]) => Event) => void {
  const names = [on].flat();
  const publication = { type, map, names, tx } as unknown as Publication;
  return (eventClass) => {
    Object.defineProperty(eventClass, PUBLICATION, { value: publication });
    for (const name of names) byName.set(name, publication);
  };
}

/** How an event is published. `name` is the name under which it was emitted; undefined on the EventBus. */
export function publicationOf(event: unknown, name?: string): Publication | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const own = (event.constructor as { [PUBLICATION]?: Publication } | undefined)?.[PUBLICATION];
  if (name === undefined) return own;
  return own?.names.length === 0 ? own : byName.get(name);
}

/** The webhook event, and the transaction to write it in; null if there is nothing to publish. */
export function publishable(
  { type, map, tx }: Publication,
  event: unknown,
): { event: DomainEvent; tx: Transaction | undefined } | null {
  const input = map(event as never);
  if (input === null) return null;
  const { agencyId, occurredAt, id, traceparent, ...data } = input;
  const published = { type, agencyId, occurredAt, id, traceparent, data } as unknown as DomainEvent;
  return { event: published, tx: tx(event as never) };
}
