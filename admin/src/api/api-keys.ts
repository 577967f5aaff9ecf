import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { CreatedApiKey, NewApiKey } from './types';

/** The agency's keys for its own programs, newest first. */
export const apiKeysQuery = infiniteQueryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ pageParam, signal }) => {
    const query = pageParam ? { cursor: pageParam } : {};
    return dataOf(api.GET('/api/recruiter/api-keys', { params: { query }, signal }));
  },
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** The answer holds the key itself, this one time. */
export function createApiKey(input: NewApiKey): Promise<CreatedApiKey> {
  return dataOf(api.POST('/api/recruiter/api-keys', { body: input }));
}

export async function revokeApiKey(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/api-keys/{id}', { params: { path: { id } } }));
}
