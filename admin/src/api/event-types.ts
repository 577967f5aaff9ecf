import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { EventTypeList } from './types';

/** The catalogue changes only with a release. */
export const eventTypesQuery = queryOptions({
  queryKey: ['event-types'],
  queryFn: ({ signal }): Promise<EventTypeList> => dataOf(api.GET('/api/recruiter/event-types', { signal })),
  staleTime: Infinity,
});

/** "New application" for `application.created`; the type itself when the catalogue lacks it (test, older release). */
export function eventTitle(catalogue: EventTypeList | undefined, type: string): string {
  if (type === 'webhook.test') return 'Test message';
  return catalogue?.data.find((entry) => entry.type === type)?.title ?? type;
}
