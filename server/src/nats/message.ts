import { AppError, fieldError } from '../lib/app-error.js';
import { bodyBoundsOf } from '../http/body-check.js';
import { parseJson } from '../http/json-body.js';
import type { DomainEvent } from '../events/publishable-event.js';

/* Messages from NATS: an event as a JSON object, as POST /api/internal/events takes it. Pure. */

export const SUBJECT_PREFIX = 'bpoc.events.';

const SHAPE = bodyBoundsOf('/api/internal/events').shape!;

export interface EventMessage {
  /** `bpoc.events.<type>` */
  subject: string;
  body: Buffer;
  /** The header `Nats-Msg-Id`. */
  messageId: string | null;
  /** The header `traceparent` (W3C Trace Context). */
  traceparent?: string | null;
  /** Creation time of the stream and sequence number, which no other message has. */
  origin: string;
  /** When NATS stored it. */
  publishedAt: Date;
}

/**
 * The event of a message, with its idempotency key: `id` of the body, else Nats-Msg-Id, else the origin. Throws
 * AppError invalid_json or validation_failed; `DomainEvents.publish` validates the event itself.
 */
export function eventOf({ subject, body, messageId, traceparent, origin }: EventMessage): DomainEvent {
  const event = parseJson(body, SHAPE);
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw fieldError('', 'not_an_object', 'a message must be one event, a JSON object');
  const { id = messageId ?? origin, type } = event as Partial<DomainEvent>;
  if (messageId !== null && id !== messageId)
    throw fieldError('id', 'invalid', 'id differs from the header Nats-Msg-Id');
  // Permissions to publish are given by subject.
  if (typeof type === 'string' && subject !== SUBJECT_PREFIX + type)
    throw fieldError('type', 'invalid', `type must be that of the subject, ${subject}`);
  // A trace in the event comes before that in the header.
  return { ...(traceparent && { traceparent }), ...event, id } as DomainEvent;
}

/** The agency that a message names, whatever else is wrong with it; null if it cannot be read. */
export function agencyIn(body: Buffer): unknown {
  try {
    return (parseJson(body, SHAPE) as { agencyId?: unknown } | null)?.agencyId ?? null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** A string with its quotes, or a token outside of strings: a number, or a word of a message that is not JSON. */
const TEXTS = /"(?:[^"\\]|\\.)*"|[^\s"\\,:;{}[\]()<>=&']+/gs;
/** The maximum length of a reference. */
const MAX_REFERENCE = 128;

/** Every text in the bytes that may be a reference to a record, by which an erasure finds them. */
export function textsIn(body: Buffer): string[] {
  const texts = Array.from(body.toString().matchAll(TEXTS), ([text]) => unquoted(text));
  return [...new Set(texts)].filter((text) => text.length <= MAX_REFERENCE && isStorable(text));
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

const isStorable = (text: string) => text !== '' && !/\0|\p{Cs}/u.test(text);
