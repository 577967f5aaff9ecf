import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../deliveries';
import { recoveryKeys } from '../recoveries';
import type { WebhookDetail } from '../types';
import { readWebhook, webhookKeys, type VersionedWebhook } from '../webhooks';
import { arrive } from './arrivals';
import { catchUpLists, liveOf } from './catch-up';
import { soon } from './soon';

/** Everything that the stream speaks of, asked again. */
export async function refetchAll(queryClient: QueryClient): Promise<void> {
  await Promise.all([
    refreshDeliveries(queryClient),
    queryClient.invalidateQueries({ queryKey: webhookKeys.list }),
    queryClient.invalidateQueries({ queryKey: webhookKeys.allInboxes }),
    refreshWebhooks(queryClient),
    queryClient.invalidateQueries({
      queryKey: recoveryKeys.all,
      predicate: ({ queryKey: [, kind] }) => kind !== 'plan',
    }),
  ]);
}

/**
 * All that is shown of deliveries, after something changed many of them. The rows stay where they are; contents of messages do not
 * change, and reading one again would be one more line in the audit log.
 */
export async function refreshDeliveries(queryClient: QueryClient): Promise<void> {
  await Promise.all([
    catchUpLists(queryClient),
    queryClient.invalidateQueries({
      queryKey: deliveryKeys.all,
      predicate: ({ queryKey: [, kind] }) => kind !== 'content' && kind !== 'list',
    }),
  ]);
}

/** What stands around the rows: counts of them, and of their failures. In a moment, for all that happens until then. */
export function refreshNumbersSoon(queryClient: QueryClient, webhookId: string): void {
  soon(queryClient, deliveryKeys.allCounts);
  soon(queryClient, deliveryKeys.allFailureGroups);
  soon(queryClient, webhookKeys.list);
  soon(queryClient, webhookKeys.one(webhookId), () => refreshWebhook(queryClient, webhookId));
}

async function refreshWebhooks(queryClient: QueryClient): Promise<void> {
  const ones = queryClient.getQueryCache().findAll({ queryKey: webhookKeys.ones });
  await Promise.all(ones.map(({ queryKey }) => refreshWebhook(queryClient, String(queryKey[2]))));
}

/** Health, numbers and charts of one webhook; its recent deliveries change in their place, and new ones wait for the reader. */
async function refreshWebhook(queryClient: QueryClient, id: string): Promise<void> {
  const queryKey = webhookKeys.one(id);
  const query = queryClient.getQueryCache().find({ queryKey, exact: true });
  if (!query || query.state.fetchStatus === 'fetching') return;
  if (!query.isActive() || query.state.data === undefined) return queryClient.invalidateQueries({ queryKey });
  try {
    const fresh = await readWebhook(id);
    queryClient.setQueryData<VersionedWebhook>(queryKey, (now) =>
      now ? { ...fresh, webhook: withRowsInPlace(now.webhook, fresh.webhook) } : fresh,
    );
  } catch {
    // Asked in the usual way, so that the screen says what is wrong.
    await queryClient.invalidateQueries({ queryKey });
  }
}

function withRowsInPlace(now: WebhookDetail, fresh: WebhookDetail): WebhookDetail {
  // Nobody reads an empty list: the first delivery is shown at once.
  if (now.recent_deliveries.length === 0) return fresh;
  const known = new Map(fresh.recent_deliveries.map((row) => [row.id, row]));
  const rows = now.recent_deliveries.map((row) => known.get(row.id) ?? row);
  const shown = new Set(rows.map(({ id }) => id));
  arrive(fresh.recent_deliveries.filter(({ id }) => !shown.has(id)).map(liveOf));
  return { ...fresh, recent_deliveries: rows };
}
