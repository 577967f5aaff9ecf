import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { NamedRecord } from './types';

/** Candidates, jobs and applications by name or id; names are for members and up. At most 20. */
export const recordsQuery = (text: string) =>
  queryOptions({
    queryKey: ['records', text],
    queryFn: async ({ signal }): Promise<NamedRecord[]> =>
      (await dataOf(api.GET('/api/recruiter/records', { params: { query: { q: text } }, signal }))).data,
    staleTime: 60_000,
    // Personal data must not stay in memory.
    gcTime: 60_000,
  });
