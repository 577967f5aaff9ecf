import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../deliveries';
import { recoveryKeys } from '../recoveries';
import type { Delivery, DeliveryDetail, Recovery, Webhook } from '../types';
import { webhookKeys, type VersionedWebhook } from '../webhooks';
import { arrive } from './arrivals';
import type { LiveDelivery, LiveMessage, LiveWebhook } from './messages';
import { soon } from './soon';

type Pages = InfiniteData<{ data: Delivery[]; next_cursor: string | null }>;

/** Changes what is on screen, in place. Nothing is put between the rows of somebody who reads: what is new is counted. */
export function applyMessage(queryClient: QueryClient, message: LiveMessage): void {
  switch (message.event) {
    case 'delivery':
      return applyDelivery(queryClient, message.data);
    case 'webhook':
      return applyWebhook(queryClient, message.data);
    case 'recovery':
      return applyRecovery(queryClient, message.data);
    case 'counts':
      return soon(queryClient, deliveryKeys.allCounts);
    case 'reset':
      return refetchAll(queryClient);
  }
}

/** Everything that the stream speaks of, asked again. */
export function refetchAll(queryClient: QueryClient): void {
  for (const queryKey of [deliveryKeys.all, webhookKeys.all, recoveryKeys.all]) {
    void queryClient.invalidateQueries({
      queryKey,
      predicate: ({ queryKey: [, kind] }) => kind !== 'content' && kind !== 'plan',
    });
  }
}

function applyDelivery(queryClient: QueryClient, live: LiveDelivery): void {
  const { webhook_id: webhookId, event: _event, test, ...change } = live;
  let known = false;
  const patch = <Row extends Delivery>(row: Row): Row => {
    if (row.id !== live.id) return row;
    known = true;
    return { ...row, ...change };
  };
  queryClient.setQueriesData<Pages>({ queryKey: deliveryKeys.lists }, (list) => {
    if (!list?.pages.some((page) => page.data.some(({ id }) => id === live.id))) return list;
    return { ...list, pages: list.pages.map((page) => ({ ...page, data: page.data.map(patch) })) };
  });
  queryClient.setQueryData<VersionedWebhook>(webhookKeys.one(webhookId), (one) => {
    if (!one?.webhook.recent_deliveries.some(({ id }) => id === live.id)) return one;
    return { ...one, webhook: { ...one.webhook, recent_deliveries: one.webhook.recent_deliveries.map(patch) } };
  });
  if (queryClient.getQueryData(deliveryKeys.one(live.id))) {
    queryClient.setQueryData<DeliveryDetail>(deliveryKeys.one(live.id), (one) => one && patch(one));
    // Its timeline has a try more.
    void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(live.id) });
  }
  if (!known) arrive(live);
  // Counts, last delivery and the bars of the day.
  if (!test) soon(queryClient, webhookKeys.list);
}

function applyWebhook(queryClient: QueryClient, live: LiveWebhook): void {
  if ('deleted' in live) return soon(queryClient, webhookKeys.all);
  const patch = <Row extends Webhook>(row: Row): Row => (row.id === live.id ? { ...row, ...live } : row);
  const list = queryClient.getQueryData<Webhook[]>(webhookKeys.list);
  if (list && !list.some(({ id }) => id === live.id)) soon(queryClient, webhookKeys.list);
  queryClient.setQueryData<Webhook[]>(webhookKeys.list, (rows) => rows?.map(patch));
  queryClient.setQueryData<VersionedWebhook>(webhookKeys.one(live.id), (one) =>
    one ? { ...one, webhook: patch(one.webhook) } : one,
  );
}

function applyRecovery(queryClient: QueryClient, recovery: Recovery): void {
  queryClient.setQueryData(recoveryKeys.one(recovery.id), recovery);
  if (recovery.status !== 'running') return;
  queryClient.setQueryData<Recovery[]>(recoveryKeys.running, (running) =>
    running?.some(({ id }) => id === recovery.id) ? running : [recovery, ...(running ?? [])],
  );
}
