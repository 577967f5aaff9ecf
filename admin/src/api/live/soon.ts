import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** A burst of messages makes one request in this time. */
const SOON_MS = 3_000;

const planned = new WeakMap<QueryClient, Map<string, ReturnType<typeof setTimeout>>>();

/**
 * Asks again for what is on screen under the key: in a moment, and once however often it is called until then.
 * @param run how, when it is more than asking again.
 */
export function soon(
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
    }, SOON_MS),
  );
}
