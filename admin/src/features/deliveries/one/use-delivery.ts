import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { mustPoll } from '../../../api/live/live-state';
import { deliveryKeys, deliveryQuery, isInFlight, nextPollMs } from '../../../api/deliveries';

/** How often and how long to look for the try that somebody just asked for. */
const WATCH_EVERY_MS = 1_500;
const WATCH_FOR_MS = 30_000;

/** One delivery, kept current while the server works on it, or while the person waits for their resend. */
export function useDelivery(id: string) {
  const [watchedAttempts, setWatchedAttempts] = useState<number | null>(null);
  const query = useQuery({
    ...deliveryQuery(id),
    refetchInterval: ({ state }) => {
      if (!state.data) return false;
      if (watchedAttempts !== null && state.data.attempts <= watchedAttempts) return WATCH_EVERY_MS;
      return mustPoll() && isInFlight(state.data) ? nextPollMs(state.data) : false;
    },
  });
  useListsFollow(query.data ? `${query.data.status} ${query.data.attempts}` : null);
  useEffect(() => {
    if (watchedAttempts === null) return undefined;
    const timer = setTimeout(() => setWatchedAttempts(null), WATCH_FOR_MS);
    return () => clearTimeout(timer);
  }, [watchedAttempts]);
  return { query, watchResend: () => setWatchedAttempts(query.data?.attempts ?? 0) };
}

/** When the open delivery moves, the lists behind it are asked again: a row never says less than the drawer beside it. */
function useListsFollow(state: string | null): void {
  const queryClient = useQueryClient();
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (last.current !== null && state !== last.current) {
      void queryClient.invalidateQueries({ queryKey: deliveryKeys.lists });
      void queryClient.invalidateQueries({ queryKey: deliveryKeys.allCounts });
    }
    last.current = state;
  }, [state, queryClient]);
}
