import type { webhooks } from './schema.gen.js';

/** The event types of the catalogue: `application.created`, … */
export type EventType = keyof webhooks;

type Message<T extends EventType> = webhooks[T]['post']['requestBody']['content']['application/json'];

/**
 * The fields of each event. Ids are opaque non-empty strings of up to 128 characters, times are RFC 3339 in UTC
 * (`2026-01-22T10:30:00Z`), addresses are absolute URLs.
 */
export type EventData = { [T in EventType]: Message<T>['data'] };

/** An event to publish; `data` matches `type`. */
export type DomainEvent = {
  [T in EventType]: {
    type: T;
    /** The agency whose webhooks receive it. It routes the event and is not part of the message. */
    agencyId: string;
    data: EventData[T];
    /** When it happened. Default: when the server accepts it. */
    occurredAt?: string | Date;
    /** Your own key of 1 to 128 characters: the same key publishes only once in 7 days. Default: a random one. */
    id?: string;
    /** The trace it belongs to, in the header format of W3C Trace Context; ignored if invalid. */
    traceparent?: string;
  };
}[EventType];
