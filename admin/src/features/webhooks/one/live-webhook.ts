import { queryOptions } from '@tanstack/react-query';
import { isInFlight, POLL_MS } from '../../../api/deliveries';
import { mustPoll } from '../../../api/live/live-state';
import { webhookQuery, type VersionedWebhook } from '../../../api/webhooks';

/** One webhook, asked for again while something of it is on its way, or its first delivery is waited for. */
export const liveWebhookQuery = (id: string) =>
  queryOptions<VersionedWebhook>({
    ...(webhookQuery(id) as object),
    queryKey: webhookQuery(id).queryKey,
    refetchInterval: ({ state }) => (mustPoll() && state.data && isMoving(state.data) ? POLL_MS : false),
  });

function isMoving({ webhook }: VersionedWebhook): boolean {
  return webhook.recent_deliveries.length === 0 || webhook.recent_deliveries.some(isInFlight);
}
