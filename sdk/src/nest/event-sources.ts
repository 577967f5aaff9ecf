import type { ModuleRef } from '@nestjs/core';
import { publicationOf, publishable } from './publish-as-webhook.js';
import type { WebhookPublisher } from './webhook-publisher.js';

/*
 * The sources of decorated events: the EventBus of @nestjs/cqrs and the EventEmitter2 of @nestjs/event-emitter. Both
 * are optional and looked up in the application.
 */

interface BusPublisher {
  publish(event: object, ...rest: unknown[]): unknown;
  publishAll?(events: object[], ...rest: unknown[]): unknown;
}

interface Bus {
  publisher: BusPublisher;
}

interface Emitter {
  onAny(listener: (name: string | symbol | (string | symbol)[], event?: unknown) => unknown): unknown;
}

type Log = (line: string) => void;
type Token = Parameters<ModuleRef['get']>[0];

/** Publishes the decorated events that pass through the application's buses from now on. */
export async function connectEventSources(moduleRef: ModuleRef, publisher: WebhookPublisher, log: Log): Promise<void> {
  const publish = (event: unknown, name?: string): Promise<void> | undefined => {
    const publication = publicationOf(event, name);
    if (!publication) return undefined;
    const stored = (async () => {
      const found = publishable(publication, event);
      if (found) await publisher.publish(found.event, found.tx);
    })();
    // Most callers do not await a bus: log the error at least, and do not let it end the process.
    stored.catch((error: unknown) => log(`${publication.type} is not published: ${String(error)}`));
    return stored;
  };
  const bus = find(moduleRef, await load(() => import('@nestjs/cqrs'), 'EventBus')) as Bus | undefined;
  if (bus) bus.publisher = publishingBus(bus.publisher, publish);
  const emitter = find(moduleRef, await load(() => import('@nestjs/event-emitter'), 'EventEmitter2')) as
    Emitter | undefined;
  // emitAsync awaits what listeners return, and rejects if one does.
  emitter?.onAny((name, event) => publish(event, [name].flat().map(String).join('.')));
}

/**
 * Wraps the publisher of the bus, because a subscription could not be awaited: `await eventBus.publish(event)` resolves
 * when the webhook event is stored too.
 */
function publishingBus(inner: BusPublisher, publish: (event: unknown) => Promise<void> | undefined): BusPublisher {
  const one = (event: object, ...rest: unknown[]): unknown => {
    const stored = publish(event);
    const result = inner.publish(event, ...rest);
    return stored ? stored.then(() => result) : result;
  };
  return {
    publish: one,
    publishAll: (events, ...rest) => {
      const stored = events.map((event) => publish(event)).filter((work) => work !== undefined);
      const result = inner.publishAll
        ? inner.publishAll(events, ...rest)
        : events.map((event) => inner.publish(event, ...rest));
      if (stored.length === 0) return result;
      const all = Promise.all(stored);
      // Each error is already logged.
      all.catch(() => undefined);
      return all.then(() => result);
    },
  };
}

/** The class of that name of an optional package. */
async function load(importIt: () => Promise<object>, name: string): Promise<Token | undefined> {
  try {
    return ((await importIt()) as Record<string, Token>)[name];
  } catch {
    return undefined; // Not installed.
  }
}

function find(moduleRef: ModuleRef, token: Token | undefined): unknown {
  if (token === undefined) return undefined;
  try {
    return moduleRef.get<unknown>(token, { strict: false });
  } catch {
    return undefined; // The application does not use it.
  }
}
