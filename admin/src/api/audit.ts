import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';

/** Who did what, newest first. @param action all of one kind such as `webhook.*`; undefined for everything. */
export const auditQuery = (action: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['audit', action],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...(action ? { action } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return dataOf(api.GET('/api/recruiter/audit', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
