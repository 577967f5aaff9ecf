import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { Alerts } from './types';

export const alertsQuery = (id: string) =>
  queryOptions({
    queryKey: ['alerts', id],
    queryFn: ({ signal }): Promise<Alerts> =>
      dataOf(api.GET('/api/recruiter/webhooks/{id}/alerts', { params: { path: { id } }, signal })),
  });

/** Replaces the recipients of the webhook's alerts. */
export function changeAlerts(id: string, alerts: Pick<Alerts, 'emails' | 'url' | 'chat_webhook_id'>): Promise<Alerts> {
  return dataOf(api.PUT('/api/recruiter/webhooks/{id}/alerts', { params: { path: { id } }, body: alerts }));
}
