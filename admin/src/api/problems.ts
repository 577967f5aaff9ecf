import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { WebhookProblem } from './types';
import { webhookKeys } from './webhooks';

/** The problems of webhooks, and who handles each. */
export const problemsQuery = queryOptions({
  // Under the key of webhooks, so that it is invalidated with them.
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
