import { infiniteQueryOptions, queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { deliveryKeys } from './deliveries';
import type { paths } from './schema';
import type { AgencyEvent, EventWithRecipients } from './types';

/** Which events to show; undefined conditions are ignored. */
export type EventFilter = Omit<
  NonNullable<paths['/api/recruiter/events']['get']['parameters']['query']>,
  'cursor' | 'limit'
>;

interface EventPage {
  data: AgencyEvent[];
  next_cursor: string | null;
}

/** How often newer events are looked for and the counts of the newest ones refreshed. */
const FOLLOW_MS = 5_000;
const PAGE_SIZE = 50;
/** Only the last day is followed, so that a rare event type does not scan the log each time. */
const FOLLOW_WINDOW_MS = 86_400_000;

function readEvents(filter: EventFilter, cursor: string | null, signal: AbortSignal): Promise<EventPage> {
  const query = { ...filter, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
  return dataOf(api.GET('/api/recruiter/events', { params: { query }, signal }));
}

/** Events, newest first. Not refetched: `newestEventsQuery` says what has changed. */
export const eventsQuery = (filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ['events', 'list', filter] as const,
    queryFn: ({ pageParam, signal }) => readEvents(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** The newest events of the last day, kept current. @param follow false: the screen is frozen */
export const newestEventsQuery = (filter: EventFilter, since: number, follow: boolean) =>
  queryOptions({
    queryKey: ['events', 'newest', filter] as const,
    queryFn: async ({ signal }): Promise<AgencyEvent[]> => {
      const from = new Date(since - FOLLOW_WINDOW_MS).toISOString();
      const bounded = !filter.from || filter.from < from ? { ...filter, from } : filter;
      return (await readEvents(bounded, null, signal)).data;
    },
    enabled: follow,
    refetchInterval: FOLLOW_MS,
  });

/** Starts over from the top: only the first page is refetched. */
export async function restartEvents(queryClient: QueryClient, filter: EventFilter): Promise<void> {
  const { queryKey } = eventsQuery(filter);
  queryClient.setQueryData<InfiniteData<EventPage, string | null>>(queryKey, (list) =>
    list ? { pages: list.pages.slice(0, 1), pageParams: list.pageParams.slice(0, 1) } : list,
  );
  await queryClient.refetchQueries({ queryKey, exact: true });
}

/** One event and whether each webhook got it. Its key is below the deliveries', whose changes invalidate it. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: [...deliveryKeys.all, 'event', id],
    queryFn: ({ signal }): Promise<EventWithRecipients> =>
      dataOf(api.GET('/api/recruiter/events/{id}', { params: { path: { id } }, signal })),
  });
