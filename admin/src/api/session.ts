import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { setSessionEnded } from './session-end';
import type { DigestChoice, Me } from './types';

export function readMe(signal?: AbortSignal): Promise<Me> {
  return dataOf(api.GET('/api/me', signal ? { signal } : {}));
}

/** Who is signed in. Loaded before any signed-in screen, so that screens can read it without a loading state. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }): Promise<Me> => readMe(signal),
  staleTime: 5 * 60_000,
});

export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** Sets how often the person gets a digest of the webhooks by mail. */
export function chooseDigest(digest: DigestChoice): Promise<Me> {
  return dataOf(api.PATCH('/api/me', { body: { digest } }));
}

export async function signIn(input: { email: string; password: string }): Promise<Me> {
  const me = await dataOf(api.POST('/api/auth/login', { body: input }));
  setSessionEnded(false);
  return me;
}

export async function signOut(): Promise<void> {
  await dataOf(api.POST('/api/auth/logout', {}));
}

export function acceptInvite(input: { token: string; password: string }): Promise<Me> {
  return dataOf(api.POST('/api/auth/invite', { body: input }));
}

export async function forgotPassword(email: string): Promise<void> {
  await dataOf(api.POST('/api/auth/forgot-password', { body: { email } }));
}

/** @param input.token the part after the # in the mailed link. */
export async function resetPassword(input: { token: string; password: string }): Promise<void> {
  await dataOf(api.POST('/api/auth/reset-password', { body: input }));
}

export async function changePassword(input: { current_password: string; new_password: string }): Promise<void> {
  await dataOf(api.POST('/api/auth/password', { body: input }));
}
