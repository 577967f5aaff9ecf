import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../deliveries';
import { recoveryKeys } from '../recoveries';
import type { WebhookDetail } from '../types';
import { readWebhook, webhookKeys, type VersionedWebhook } from '../webhooks';
import { addUnseen } from './unseen-items';
import { refreshLists, liveOf } from './refresh-lists';
import { debounceRefetch } from './debounce';

/** Refetches everything that the stream reports on. */
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
 * Refreshes everything shown about deliveries after many of them changed. Rows stay in place. Message contents are not
 * refetched: they do not change, and each read adds an entry to the audit log.
 */
async function refreshDeliveries(queryClient: QueryClient): Promise<void> {
  await Promise.all([
    refreshLists(queryClient),
    queryClient.invalidateQueries({
      queryKey: deliveryKeys.all,
      predicate: ({ queryKey: [, kind] }) => kind !== 'content' && kind !== 'list',
    }),
  ]);
}

/** Debounced refresh of the counts of deliveries and failures. */
export function debounceRefreshNumbers(queryClient: QueryClient, webhookId: string): void {
  debounceRefetch(queryClient, deliveryKeys.allCounts);
  debounceRefetch(queryClient, deliveryKeys.allFailureGroups);
  debounceRefetch(queryClient, webhookKeys.list);
  debounceRefetch(queryClient, webhookKeys.one(webhookId), () => refreshWebhook(queryClient, webhookId));
}

async function refreshWebhooks(queryClient: QueryClient): Promise<void> {
  const ones = queryClient.getQueryCache().findAll({ queryKey: webhookKeys.ones });
  await Promise.all(ones.map(({ queryKey }) => refreshWebhook(queryClient, String(queryKey[2]))));
}

/** Refreshes health, numbers and charts of a webhook. Its recent deliveries change in place; new ones are unseen. */
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
    // A plain refetch shows the error on screen.
    await queryClient.invalidateQueries({ queryKey });
  }
}

function withRowsInPlace(now: WebhookDetail, fresh: WebhookDetail): WebhookDetail {
  // An empty list has no rows to keep in place, so the first delivery is shown at once.
  if (now.recent_deliveries.length === 0) return fresh;
  const known = new Map(fresh.recent_deliveries.map((row) => [row.id, row]));
  const rows = now.recent_deliveries.map((row) => known.get(row.id) ?? row);
  const shown = new Set(rows.map(({ id }) => id));
  addUnseen(fresh.recent_deliveries.filter(({ id }) => !shown.has(id)).map(liveOf));
  return { ...fresh, recent_deliveries: rows };
}
