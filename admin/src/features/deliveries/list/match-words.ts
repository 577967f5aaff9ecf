import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../api/event-types';
import { recordsQuery } from '../../../api/records';
import { useMe } from '../../../api/session';
import type { EventTypeList, Me, NamedRecord } from '../../../api/types';

const NAMED = 3;

/** Whether the person can read and search names of candidates. */
export const canSeeNames = (me: Me): boolean => me.rights.includes('content.read');

/** What can be found. */
export function searchable(me: Me): string {
  const names = canSeeNames(me) ? 'for the name of a candidate, the title of a job, ' : '';
  return (
    `You can search ${names}for a kind of event, for the number or id of an application, candidate, job or other ` +
    'record, and for the id of a delivery or an event.'
  );
}

/** Says in words what the search matched; null without a search. */
export function useMatchWords(text: string | undefined): string | null {
  const me = useMe();
  const catalogue = useQuery(eventTypesQuery).data;
  const asks = text !== undefined && canSeeNames(me) && !isEventName(text, catalogue);
  const records = useQuery({ ...recordsQuery(text ?? ''), enabled: asks }).data;
  return text === undefined ? null : matchWords(text, catalogue, asks ? records : undefined);
}

/** Follows the server's rule: event types first, then ids and records with that name. */
function matchWords(text: string, catalogue: EventTypeList | undefined, records: readonly NamedRecord[] = []): string {
  if (isEventName(text, catalogue)) return `Events with “${text}” in their name`;
  const names = [...new Set(records.flatMap(({ kind, label }) => (kind === 'application' ? [] : (label ?? []))))];
  if (names.length === 0) return `Events about “${text}”`;
  const more = names.length - NAMED;
  const shown = more > 0 ? [...names.slice(0, NAMED), `${more} more`] : names;
  return `Events about ${shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`}`;
}

function isEventName(text: string, catalogue: EventTypeList | undefined): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    catalogue?.data.some(({ type, title }) => type.includes(wanted) || title.toLowerCase().includes(wanted)) ?? false
  );
}
