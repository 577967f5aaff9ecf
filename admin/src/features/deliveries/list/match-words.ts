import type { EventTypeList } from '../../../api/types';

/** What can be found; names are not stored with deliveries. */
export const SEARCHABLE =
  'You can search for a kind of event, for the number or id of an application, candidate, job or other record, ' +
  'and for the id of a delivery or an event. Names of people are not searched.';

/** What the rows have in common with the text, by the rule of the server: names of events come first, then ids. */
export function matchWords(text: string, catalogue: EventTypeList | undefined): string {
  const wanted = text.trim().toLowerCase();
  const isNamed = catalogue?.data.some(
    ({ type, title }) => type.includes(wanted) || title.toLowerCase().includes(wanted),
  );
  return isNamed ? `Events with “${text}” in their name` : `Events about “${text}”`;
}
