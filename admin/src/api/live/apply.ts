import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../deliveries';
import { patchDelivery } from '../delivery-rows';
import { patchData } from '../patch-data';
import { recoveryKeys } from '../recoveries';
import type { Recovery, Webhook } from '../types';
import { webhookKeys, type VersionedWebhook } from '../webhooks';
import { addUnseen } from './unseen-items';
import { areListsLoading, refreshLists } from './refresh-lists';
import type { LiveDelivery, LiveMessage, LiveWebhook } from './messages';
import { refetchAll, debounceRefreshNumbers } from './refresh';
import { debounceRefetch } from './debounce';

/** Updates what is on screen in place. No rows are inserted while someone reads; new ones are only counted. */
export function applyMessage(queryClient: QueryClient, message: LiveMessage): void {
  switch (message.event) {
    case 'delivery':
      return applyDelivery(queryClient, message.data);
    case 'webhook':
      return applyWebhook(queryClient, message.data);
    case 'recovery':
      return applyRecovery(queryClient, message.data);
    case 'counts':
      return debounceRefetch(queryClient, deliveryKeys.allCounts);
    case 'reset':
      return void refetchAll(queryClient);
  }
}

function applyDelivery(queryClient: QueryClient, live: LiveDelivery): void {
  const { webhook_id: webhookId, event: _event, test, ...change } = live;
  patchDelivery(queryClient, change);
  if (areListsLoading(queryClient)) debounceRefetch(queryClient, deliveryKeys.lists, () => refreshLists(queryClient));
  // Its timeline has another try.
  void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(live.id) });
  // Even if one list has it: it may be new to another one, such as that of failed deliveries.
  addUnseen([live]);
  debounceRefetch(queryClient, webhookKeys.allInboxes);
  if (test) return debounceRefetch(queryClient, deliveryKeys.newestTest(webhookId));
  if (live.status === 'delivered') debounceRefetch(queryClient, deliveryKeys.any);
  debounceRefreshNumbers(queryClient, webhookId);
}

function applyWebhook(queryClient: QueryClient, live: LiveWebhook): void {
  if ('deleted' in live) return debounceRefetch(queryClient, webhookKeys.all);
  const { counts_24h: counts, ...change } = live;
  const patch = <Row extends Webhook>(row: Row): Row =>
    row.id === live.id ? { ...row, ...change, last_24h: { ...row.last_24h, ...counts } } : row;
  const list = queryClient.getQueryData<Webhook[]>(webhookKeys.list);
  if (list && !list.some(({ id }) => id === live.id)) debounceRefetch(queryClient, webhookKeys.list);
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
