import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Changes cached data under the key. Unlike `setQueryData` it does not count as a response: data that could not be
 * refreshed stays marked as such, and stale data will still be refetched.
 * @param patch returns the same object when nothing changes.
 */
export function patchData<Data>(queryClient: QueryClient, queryKey: QueryKey, patch: (data: Data) => Data): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey })) {
    const before = query.state.data as Data | undefined;
    if (before === undefined) continue;
    const data = patch(before);
    if (data !== before) query.setState({ data });
  }
}
