import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { eventsQuery, newestEventsQuery, restartEvents, type EventFilter } from '../../../api/events';
import { useLiveState } from '../../../api/live/live-state';
import { serverNow } from '../../../lib/server-clock';

/** The events for a filter. Rows stay in place: their numbers change, and new ones are only counted. */
export function useEvents(filter: EventFilter) {
  const queryClient = useQueryClient();
  const [since] = useState(() => serverNow());
  const query = useInfiniteQuery({ ...eventsQuery(filter), placeholderData: keepPreviousData });
  const follow = useLiveState() !== 'paused' && query.data !== undefined && !query.isPlaceholderData;
  const newest = useQuery(newestEventsQuery(filter, since, follow)).data;
  const read = query.data?.pages;
  const { rows, unseen } = useMemo(() => {
    const all = read?.flatMap((page) => page.data);
    if (!all || !newest || !follow) return { rows: all, unseen: 0 };
    const first = all[0]?.id ?? '';
    const fresh = new Map(newest.map((event) => [event.id, event]));
    return {
      // An empty list has no rows to keep in place.
      rows: all.length === 0 ? newest : all.map((event) => fresh.get(event.id) ?? event),
      unseen: all.length === 0 ? 0 : newest.filter(({ id }) => id > first).length,
    };
  }, [read, newest, follow]);
  const showNew = () => {
    globalThis.scrollTo({ top: 0 });
    void restartEvents(queryClient, filter);
  };
  return { query, rows, unseen, showNew };
}
