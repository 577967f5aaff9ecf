import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** A burst of messages causes one request per interval. */
const DEBOUNCE_MS = 3_000;

const planned = new WeakMap<QueryClient, Map<string, ReturnType<typeof setTimeout>>>();

/**
 * Refetches what is on screen under the key after a delay, once for any number of calls. Later calls do not restart the
 * timer, so a steady flow of messages cannot postpone it.
 * @param run replaces the plain refetch.
 */
export function debounceRefetch(
  queryClient: QueryClient,
  queryKey: QueryKey,
  run: () => unknown = () => queryClient.invalidateQueries({ queryKey }),
): void {
  const timers = planned.get(queryClient) ?? new Map<string, ReturnType<typeof setTimeout>>();
  planned.set(queryClient, timers);
  const key = JSON.stringify(queryKey);
  if (timers.has(key)) return;
  timers.set(
    key,
    setTimeout(() => {
      timers.delete(key);
      void run();
    }, DEBOUNCE_MS),
  );
}
