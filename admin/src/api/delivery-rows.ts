import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from './deliveries';
import { patchData } from './patch-data';
import type { Delivery, DeliveryDetail } from './types';
import { webhookKeys, type VersionedWebhook } from './webhooks';

export interface DeliveryPage {
  data: Delivery[];
  next_cursor: string | null;
}

/** A list as the cache holds it. */
export type DeliveryPages = InfiniteData<DeliveryPage, string | null>;

type Change = Partial<Delivery> & Pick<Delivery, 'id'>;

/** Updates a delivery in place wherever it is on screen: no list is refetched, so no row moves while reading. */
export function patchDelivery(queryClient: QueryClient, change: Change): void {
  const isIt = ({ id }: { id: string }) => id === change.id;
  const patch = <Row extends Delivery>(row: Row): Row => (isIt(row) ? { ...row, ...change } : row);
  patchData<DeliveryPages>(queryClient, deliveryKeys.lists, (list) => {
    if (!list.pages.some((page) => page.data.some(isIt))) return list;
    return {
      ...list,
      pages: list.pages.map((page) => (page.data.some(isIt) ? { ...page, data: page.data.map(patch) } : page)),
    };
  });
  patchData<VersionedWebhook>(queryClient, webhookKeys.ones, (one) => {
    if (!one.webhook.recent_deliveries.some(isIt)) return one;
    return { ...one, webhook: { ...one.webhook, recent_deliveries: one.webhook.recent_deliveries.map(patch) } };
  });
  patchData<DeliveryDetail>(queryClient, deliveryKeys.one(change.id), patch);
}

/** The part of a delivery that its row shows. */
export function rowOf(detail: DeliveryDetail): Delivery {
  const { retry_plan: _plan, max_attempts: _most, event_detail: _event, timeline: _timeline, ...row } = detail;
  return row;
}
