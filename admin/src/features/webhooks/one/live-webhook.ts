import { queryOptions } from '@tanstack/react-query';
import { isInFlight, POLL_MS } from '../../../api/deliveries';
import { webhookQuery, type VersionedWebhook } from '../../../api/webhooks';

/** One webhook, asked for again while something of it is on its way. */
export const liveWebhookQuery = (id: string) =>
  queryOptions<VersionedWebhook>({
    ...(webhookQuery(id) as object),
    queryKey: webhookQuery(id).queryKey,
    refetchInterval: ({ state }) => (state.data?.webhook.recent_deliveries.some(isInFlight) ? POLL_MS : false),
  });
