import type { EventType, Webhook } from '../../../../api/types';

/* How much of an event an endpoint gets, as it is edited. */

export type Content = NonNullable<Webhook['content']>;
export type ContentChoice = 'full' | 'ids' | 'fields';

export const choiceOf = (content: Content): ContentChoice => (typeof content === 'string' ? content : 'fields');

export const isSameContent = (a: Content, b: Content): boolean => keyOf(a) === keyOf(b);

const keyOf = (content: Content): string =>
  typeof content === 'string' ? content : `fields ${content.fields.toSorted().join(' ')}`;

export function contentWords(content: Content): string {
  if (content === 'full') return 'everything';
  return content === 'ids' ? 'ids only' : content.fields.join(', ');
}

/** The example of an event as it would be sent, by the rule of the server. */
export function exampleOf({ fields, example }: EventType, content: Content): string {
  const { event, timestamp, data } = example;
  const ids = new Set(fields.filter(({ type }) => type === 'id').map(({ name }) => name));
  const keeps = (name: string) =>
    content === 'full' || (content === 'ids' ? ids.has(name) : content.fields.includes(name));
  const kept = Object.fromEntries(Object.entries(data).filter(([name]) => keeps(name)));
  return JSON.stringify({ event, timestamp, data: kept }, null, 2);
}
