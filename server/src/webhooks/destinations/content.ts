import type { FieldError } from '../../lib/app-error.js';
import { EVENT_DEFINITIONS, findEvent } from '../../events/catalogue/catalogue.js';
import type { EventField } from '../../events/catalogue/event-type.js';

/*
 * How much of an event an endpoint gets: only ids, for receivers that must not hold personal data and ask BPOC for the
 * rest, or some fields. Pure: the same event and content give the same bytes, which are signed and shown in the log.
 */

/** null: all. */
export type MessageContent = 'ids' | { fields: string[] } | null;

export const MAX_CONTENT_FIELDS = 50;

/** The message with the fields that `content` keeps, in the same order. A test message stays whole. */
export function reduced(body: string, content: NonNullable<MessageContent>): string {
  const message = JSON.parse(body) as { event: string; timestamp: string; data: Record<string, unknown> };
  const definition = findEvent(message.event);
  if (!definition) return body;
  const kept = new Set(definition.fields.filter((field) => keeps(content, field)).map(({ name }) => name));
  const data = Object.fromEntries(Object.entries(message.data).filter(([name]) => kept.has(name)));
  return JSON.stringify({ event: message.event, timestamp: message.timestamp, data });
}

function keeps(content: NonNullable<MessageContent>, { name, type }: EventField): boolean {
  return content === 'ids' ? type === 'id' : content.fields.includes(name);
}

/** Problems of a content as sent: each field must be one of a subscribed type. */
export function contentProblems(
  content: MessageContent | 'full' | undefined,
  subscribes: (type: string) => boolean,
): FieldError[] {
  if (typeof content !== 'object' || content === null) return [];
  const known = new Set(
    EVENT_DEFINITIONS.filter(({ type }) => subscribes(type)).flatMap(({ fields }) => fields.map(({ name }) => name)),
  );
  return content.fields.flatMap((name, index) =>
    known.has(name)
      ? []
      : [
          {
            field: `content.fields.${index}`,
            code: 'unknown_field',
            message: `No event that this webhook gets has a field ${name}.`,
          },
        ],
  );
}
