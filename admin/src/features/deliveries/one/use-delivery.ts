import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { mustPoll } from '../../../api/live/live-state';
import { deliveryKeys, deliveryQuery, isInFlight, nextPollMs } from '../../../api/deliveries';
import { patchDelivery, rowOf } from '../../../api/delivery-rows';
import type { DeliveryDetail } from '../../../api/types';

/** How often and how long to poll for a try that was just requested. */
const WATCH_EVERY_MS = 1_500;
const WATCH_FOR_MS = 30_000;

/** One delivery, kept current while it is pending or the person waits for a resend. */
export function useDelivery(id: string) {
  const [watched, setWatched] = useState<{ id: string; attempts: number } | null>(null);
  const query = useQuery({
    ...deliveryQuery(id),
    refetchInterval: ({ state }) => {
      if (!state.data) return false;
      if (watched?.id === id && state.data.attempts <= watched.attempts) return WATCH_EVERY_MS;
      return mustPoll() && isInFlight(state.data) ? nextPollMs(state.data) : false;
    },
  });
  useListsFollow(query.data);
  useEffect(() => {
    if (watched === null) return undefined;
    const timer = setTimeout(() => setWatched(null), WATCH_FOR_MS);
    return () => clearTimeout(timer);
  }, [watched]);
  return { query, watchResend: () => setWatched({ id, attempts: query.data?.attempts ?? 0 }) };
}

/** Updates the lists when the open delivery changes, so that a row is never older than the drawer. */
function useListsFollow(delivery: DeliveryDetail | undefined): void {
  const queryClient = useQueryClient();
  const last = useRef<DeliveryDetail | undefined>(undefined);
  useEffect(() => {
    const before = last.current;
    last.current = delivery;
    if (!delivery || before?.id !== delivery.id) return;
    if (before.status === delivery.status && before.attempts === delivery.attempts) return;
    patchDelivery(queryClient, rowOf(delivery));
    void queryClient.invalidateQueries({ queryKey: deliveryKeys.allCounts });
  }, [delivery, queryClient]);
}
