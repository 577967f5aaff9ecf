import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';

/**
 * Who did what, newest first.
 * @param action one, or all of a kind such as `webhook.*`; undefined for everything.
 * @param target the id of the action's object.
 */
export const auditQuery = (action: string | undefined, target?: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', action, target],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...(action ? { action } : {}),
        ...(target ? { target } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      return dataOf(api.GET('/api/recruiter/audit', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
