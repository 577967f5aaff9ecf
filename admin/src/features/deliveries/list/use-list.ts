import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import {
  deliveriesQuery,
  deliveryCountsQuery,
  isFull,
  willListChange,
  MAX_REFETCHED_PAGES,
  POLL_MS,
  type DeliveryFilter,
} from '../../../api/deliveries';
import type { DeliveryPages } from '../../../api/delivery-rows';
import { clearUnseen } from '../../../api/live/unseen-items';
import { refreshList } from '../../../api/live/refresh-lists';
import { mustPoll, useLiveState } from '../../../api/live/live-state';

/**
 * The list for a filter, kept current in place, with its actions.
 * @param cameBack with the browser's Back: all pages stay as they are, and new rows are only counted in the pill.
 */
export function useList(filter: DeliveryFilter, cameBack: boolean) {
  const queryClient = useQueryClient();
  const counted = useQuery({ ...deliveryCountsQuery(filter), placeholderData: keepPreviousData });
  const options = deliveriesQuery(filter);
  const query = useInfiniteQuery({
    ...options,
    placeholderData: keepPreviousData,
    ...(cameBack ? { refetchOnMount: false } : {}),
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.data), [pages]);
  useFollowing(filter, query.isPlaceholderData ? undefined : pages, cameBack);

  /** Starts from the top, with all new deliveries. */
  function showNew(): void {
    clearUnseen();
    globalThis.scrollTo({ top: 0 });
    // Keeps only the first page; otherwise all loaded pages would be refetched.
    queryClient.setQueryData<DeliveryPages>(options.queryKey, (list) =>
      list ? { pages: list.pages.slice(0, 1), pageParams: list.pageParams.slice(0, 1) } : list,
    );
    void query.refetch();
  }

  function tryAgain(): void {
    if (rows) void refreshList(queryClient, filter);
    else void query.refetch();
  }

  // The counts of the previous filter are shown until the new ones arrive.
  const counts = { data: counted.data, awaited: counted.isPending || counted.isPlaceholderData };
  return { query, rows, counts, full: isFull(pages), showNew, tryAgain };
}

/** Polls while rows can change and there is no stream. */
function useFollowing(filter: DeliveryFilter, pages: DeliveryPages['pages'] | undefined, cameBack: boolean): void {
  const queryClient = useQueryClient();
  const live = useLiveState();
  const moving = pages !== undefined && willListChange(pages);
  const long = (pages?.length ?? 0) > MAX_REFETCHED_PAGES;
  useEffect(() => {
    if (!moving || live === 'live') return undefined;
    const timer = setInterval(() => {
      if (mustPoll()) void refreshList(queryClient, filter);
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [filter, live, moving, queryClient]);
  useEffect(() => {
    // The reader returns to a list that is not refetched.
    if (long || cameBack) void refreshList(queryClient, filter);
    // oxlint-disable-next-line react/exhaustive-deps -- when it is opened, not when it becomes long
  }, [filter, queryClient]);
}
