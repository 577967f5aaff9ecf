import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { AnswerCode, CreatedApiKey, FoundCode, NewApiKey } from './types';

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

/** Only this answer contains the key itself. */
export function createApiKey(input: NewApiKey): Promise<CreatedApiKey> {
  return dataOf(api.POST('/api/recruiter/api-keys', { body: input }));
}

export async function revokeApiKey(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/api-keys/{id}', { params: { path: { id } } }));
}

/** The sign-in request behind a code that a command line shows. */
export function findSignInCode(code: string): Promise<FoundCode> {
  return dataOf(api.POST('/api/recruiter/sign-in-codes/find', { body: { user_code: code } }));
}

export async function answerSignInCode(answer: AnswerCode): Promise<void> {
  await dataOf(api.POST('/api/recruiter/sign-in-codes/answer', { body: answer }));
}
