import type { DomainEvent } from './catalogue.js';
import { eventErrors } from './event-errors.js';
import { PublishError } from './publish-error.js';

/**
 * The event as it is stored and sent, with an id and a time, because it may be published much later. Throws
 * PublishError `validation_failed`.
 */
export function serialised(event: DomainEvent): { id: string; text: string } {
  const { id = crypto.randomUUID(), occurredAt = new Date(), ...rest } = event;
  const text = jsonOf({ id, ...rest, occurredAt });
  const errors = eventErrors(JSON.parse(text) as Record<string, unknown>);
  if (errors.length === 0) return { id, text };
  const message = `The event is not as the catalogue says: ${errors.map((error) => error.message).join('; ')}`;
  throw new PublishError(message, { code: 'validation_failed', errors });
}

function jsonOf(event: object): string {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    throw new PublishError(`The event cannot be written as JSON: ${String(cause)}`, {
      code: 'validation_failed',
      cause,
    });
  }
}
