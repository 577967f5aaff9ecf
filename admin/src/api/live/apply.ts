import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../deliveries';
import { patchDelivery } from '../delivery-rows';
import { patchData } from '../patch-data';
import { recoveryKeys } from '../recoveries';
import type { Recovery, Webhook } from '../types';
import { webhookKeys, type VersionedWebhook } from '../webhooks';
import { arrive } from './arrivals';
import { areListsRead, catchUpLists } from './catch-up';
import type { LiveDelivery, LiveMessage, LiveWebhook } from './messages';
import { refetchAll, refreshNumbersSoon } from './refresh';
import { soon } from './soon';

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
      return void refetchAll(queryClient);
  }
}

function applyDelivery(queryClient: QueryClient, live: LiveDelivery): void {
  const { webhook_id: webhookId, event: _event, test, ...change } = live;
  patchDelivery(queryClient, change);
  if (areListsRead(queryClient)) soon(queryClient, deliveryKeys.lists, () => catchUpLists(queryClient));
  // Its timeline has a try more.
  void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(live.id) });
  // Also when a list knows it: for another it may be new, such as one that failed just now for the list of those that failed.
  arrive([live]);
  soon(queryClient, webhookKeys.allInboxes);
  if (test) return soon(queryClient, deliveryKeys.newestTest(webhookId));
  if (live.status === 'delivered') soon(queryClient, deliveryKeys.any);
  refreshNumbersSoon(queryClient, webhookId);
}

function applyWebhook(queryClient: QueryClient, live: LiveWebhook): void {
  if ('deleted' in live) return soon(queryClient, webhookKeys.all);
  const { counts_24h: counts, ...change } = live;
  const patch = <Row extends Webhook>(row: Row): Row =>
    row.id === live.id ? { ...row, ...change, last_24h: { ...row.last_24h, ...counts } } : row;
  const list = queryClient.getQueryData<Webhook[]>(webhookKeys.list);
  if (list && !list.some(({ id }) => id === live.id)) soon(queryClient, webhookKeys.list);
  patchData<Webhook[]>(queryClient, webhookKeys.list, (rows) => rows.map(patch));
  patchData<VersionedWebhook>(queryClient, webhookKeys.one(live.id), (one) => ({
    ...one,
    webhook: patch(one.webhook),
  }));
}

function applyRecovery(queryClient: QueryClient, recovery: Recovery): void {
  queryClient.setQueryData(recoveryKeys.one(recovery.id), recovery);
  if (recovery.status !== 'running') return;
  queryClient.setQueryData<Recovery[]>(recoveryKeys.running, (running) =>
    running?.some(({ id }) => id === recovery.id) ? running : [recovery, ...(running ?? [])],
  );
}
