import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { WebhookProblem } from './types';
import { webhookKeys } from './webhooks';

/** What is wrong with webhooks, and who looks after it. */
export const problemsQuery = queryOptions({
  // Below the webhooks: what changes them changes these.
  queryKey: [...webhookKeys.list, 'problems'],
  queryFn: async ({ signal }): Promise<WebhookProblem[]> =>
    (await dataOf(api.GET('/api/recruiter/problems', { signal }))).data,
});

/** @param note for colleagues; may be empty. */
export function acknowledge(id: string, note: string): Promise<WebhookProblem> {
  const params = { path: { id } };
  return dataOf(api.POST('/api/recruiter/problems/{id}/acknowledge', { params, body: note ? { note } : {} }));
}

export function withdraw(id: string): Promise<WebhookProblem> {
  return dataOf(api.DELETE('/api/recruiter/problems/{id}/acknowledge', { params: { path: { id } } }));
}

export function mute(id: string, muted: boolean): Promise<WebhookProblem> {
  const at = { params: { path: { id } } };
  const route = '/api/recruiter/problems/{id}/mute';
  return dataOf(muted ? api.POST(route, at) : api.DELETE(route, at));
}
