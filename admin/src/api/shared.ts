import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { NewSharedLink, SharedLink, SharedPage, SharedTestResult, TestEvent } from './types';

/** Hands a webhook over by link. @param secret the one just shown, to include it in the link; or null. */
export function handOver(id: string, secret: string | null): Promise<NewSharedLink> {
  const body = secret === null ? {} : { secret };
  return dataOf(api.POST('/api/recruiter/webhooks/{id}/handover', { params: { path: { id } }, body }));
}

export const handoverKey = (id: string) => ['handover', id] as const;

/** The open links that hand a webhook over. */
export const handoverQuery = (id: string) =>
  queryOptions({
    queryKey: handoverKey(id),
    queryFn: async ({ signal }): Promise<SharedLink[]> =>
      (await dataOf(api.GET('/api/recruiter/webhooks/{id}/handover', { params: { path: { id } }, signal }))).data,
  });

export async function endHandover(id: string, link: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/webhooks/{id}/handover/{link}', { params: { path: { id, link } } }));
}

export function shareDelivery(id: string): Promise<NewSharedLink> {
  return dataOf(api.POST('/api/recruiter/deliveries/{id}/share', { params: { path: { id } } }));
}

export async function unshareDelivery(id: string): Promise<void> {
  await dataOf(api.DELETE('/api/recruiter/deliveries/{id}/share', { params: { path: { id } } }));
}

/* What a link shows without a session: its token grants access. */

export const sharedQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared', token],
    queryFn: ({ signal }): Promise<SharedPage> => dataOf(api.POST('/api/shared/open', { body: { token }, signal })),
    retry: false,
  });

/** The secret can be read only once. */
export async function readSharedSecret(token: string): Promise<string> {
  return (await dataOf(api.POST('/api/shared/secret', { body: { token } }))).secret;
}

export function sendSharedTest(token: string, event: TestEvent): Promise<SharedTestResult> {
  return dataOf(api.POST('/api/shared/test', { body: { token, event } }));
}
