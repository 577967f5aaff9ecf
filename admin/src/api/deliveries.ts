import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { mustPoll } from './live/live-state';
import type { paths } from './schema';
import type { Delivery, DeliveryContent, DeliveryCounts, DeliveryDetail } from './types';
import { serverNow } from '../lib/server-clock';

/** How often a screen refetches while something on it is waiting or retrying. */
export const POLL_MS = 10_000;

/** How many deliveries one page of the list holds. */
const PAGE_SIZE = 50;

/** Pages kept in memory; to see older rows, the reader chooses a time. */
const MAX_PAGES = 100;

/** True when the list has its maximum length although there are older rows. */
export function isFull(pages: readonly { next_cursor: string | null }[] | undefined): boolean {
  return pages !== undefined && pages.length >= MAX_PAGES && pages.at(-1)?.next_cursor !== null;
}

/** What part of the log to show; undefined conditions are ignored. */
export type DeliveryFilter = NonNullable<paths['/api/recruiter/deliveries/counts']['get']['parameters']['query']>;

export const deliveryKeys = {
  all: ['deliveries'] as const,
  lists: ['deliveries', 'list'] as const,
  list: (filter: DeliveryFilter) => ['deliveries', 'list', filter] as const,
  allCounts: ['deliveries', 'counts'] as const,
  allFailureGroups: ['deliveries', 'failure-groups'] as const,
  newestTest: (webhookId: string) => ['deliveries', 'newest-test', webhookId] as const,
  any: ['deliveries', 'any'] as const,
  counts: (filter: DeliveryFilter) => ['deliveries', 'counts', filter] as const,
  one: (id: string) => ['deliveries', 'one', id] as const,
  content: (id: string, attempts: number) => ['deliveries', 'content', id, attempts] as const,
};

/** True while the server still has work to do for it, so its row will change without a user action. */
export function isInFlight(delivery: Pick<Delivery, 'status'>): boolean {
  return delivery.status === 'waiting' || delivery.status === 'retrying';
}

/** A refetch reads every page, so it is done only for lists of a few pages. */
export const MAX_REFETCHED_PAGES = 4;

/** True while rows will change without a user action. On an empty list the reader waits for the first delivery. */
export function willListChange(pages: readonly { data: Delivery[] }[]): boolean {
  return pages.every((page) => page.data.length === 0) || pages.some((page) => page.data.some(isInFlight));
}

/** @param cursor the row to continue after; null for the newest. */
export function readDeliveries(filter: DeliveryFilter, cursor: string | null, signal?: AbortSignal) {
  const query = { ...filter, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
  return dataOf(api.GET('/api/recruiter/deliveries', { params: { query }, ...(signal ? { signal } : {}) }));
}

/**
 * Read once, then updated in place (`live/refresh-lists.ts`): a refetch would insert rows under the reader and read
 * up to 100 pages again.
 */
export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: deliveryKeys.list(filter),
    queryFn: ({ pageParam, signal }) => readDeliveries(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page, pages) => (pages.length < MAX_PAGES ? page.next_cursor : null),
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // How long Back still finds the loaded pages.
    gcTime: 30 * 60_000,
    // A reader who comes back to a longer list finds it as it was loaded.
    refetchOnMount: ({ state }) => (state.data?.pages.length ?? 0) <= MAX_REFETCHED_PAGES,
  });

/** Counts by status, regardless of the status in the filter. Each count stops at 10,000. */
export const deliveryCountsQuery = ({ status: _any, ...filter }: DeliveryFilter) =>
  queryOptions({
    queryKey: deliveryKeys.counts(filter),
    queryFn: ({ signal }): Promise<DeliveryCounts> =>
      dataOf(api.GET('/api/recruiter/deliveries/counts', { params: { query: filter }, signal })),
    refetchInterval: ({ state }) =>
      mustPoll() && state.data && (inFlightCount(state.data) > 0 || state.data.total.count === 0) ? POLL_MS : false,
  });

function inFlightCount(counts: DeliveryCounts): number {
  return counts.waiting.count + counts.retrying.count;
}

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: deliveryKeys.one(id),
    queryFn: ({ signal }): Promise<DeliveryDetail> =>
      dataOf(api.GET('/api/recruiter/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) =>
      mustPoll() && query.state.data && isInFlight(query.state.data) ? nextPollMs(query.state.data) : false,
  });

/** Polls every 2 s if the next try is due now (Resend was just pressed), else slowly. */
export function nextPollMs(delivery: Pick<Delivery, 'next_attempt_at'>): number {
  const dueInMs = delivery.next_attempt_at ? Date.parse(delivery.next_attempt_at) - serverNow() : 0;
  return dueInMs < 3_000 ? 2_000 : POLL_MS;
}

/** Bodies and headers. Every read is written to the audit log, so it is fetched only when a person opens a tab. */
export const deliveryContentQuery = (id: string, attempts: number) =>
  queryOptions({
    queryKey: deliveryKeys.content(id, attempts),
    queryFn: ({ signal }): Promise<DeliveryContent> =>
      dataOf(api.GET('/api/recruiter/deliveries/{id}/content', { params: { path: { id } }, signal })),
    staleTime: Infinity,
    // Candidates' personal data must not stay in memory after the drawer closes.
    gcTime: 0,
  });

/** The newest few deliveries that match a search. */
export const deliveriesFoundQuery = (q: string) =>
  queryOptions({
    queryKey: [...deliveryKeys.all, 'found', q],
    queryFn: async ({ signal }): Promise<Delivery[]> =>
      (await dataOf(api.GET('/api/recruiter/deliveries', { params: { query: { q, limit: 5 } }, signal }))).data,
  });

/** The newest test of a webhook, or null. */
export const newestTestQuery = (webhookId: string) =>
  queryOptions({
    queryKey: deliveryKeys.newestTest(webhookId),
    queryFn: async ({ signal }): Promise<Delivery | null> => {
      const query = { webhook_id: webhookId, test: 'true' as const, limit: 1 };
      return (await dataOf(api.GET('/api/recruiter/deliveries', { params: { query }, signal }))).data[0] ?? null;
    },
  });

/** Whether any delivery in the log succeeded. @param test `true`: a test instead of a real one. */
export const anyDeliveryQuery = (test: 'true' | 'false') =>
  queryOptions({
    queryKey: [...deliveryKeys.any, test],
    queryFn: async ({ signal }): Promise<boolean> => {
      const query = { status: ['delivered' as const], test, limit: 1 };
      return (await dataOf(api.GET('/api/recruiter/deliveries', { params: { query }, signal }))).data.length > 0;
    },
  });

/** Cancels a pending delivery. Refused while it is being sent, or if it is no longer pending. */
export function cancelDelivery(id: string): Promise<Delivery> {
  return dataOf(api.POST('/api/recruiter/deliveries/{id}/cancel', { params: { path: { id } } }));
}

export function resendDelivery(id: string): Promise<Delivery> {
  return dataOf(api.POST('/api/recruiter/deliveries/{id}/resend', { params: { path: { id } } }));
}

/** A webhook's pending deliveries, newest first; only the first page. */
export async function pendingDeliveries(webhookId: string): Promise<Delivery[]> {
  const query = { webhook_id: webhookId, status: ['waiting' as const, 'retrying' as const], limit: PAGE_SIZE };
  return (await dataOf(api.GET('/api/recruiter/deliveries', { params: { query } }))).data;
}
