import { hashKey, type Query, type QueryClient } from '@tanstack/react-query';
import { deliveryKeys, isInFlight, MAX_REFETCHED_PAGES, readDeliveries, type DeliveryFilter } from '../deliveries';
import type { DeliveryPage, DeliveryPages } from '../delivery-rows';
import type { Delivery } from '../types';
import { addUnseen } from './unseen-items';
import type { LiveDelivery } from './messages';

/*
 * Updates a loaded list without refetching all of it: rows change in place, new ones are counted for the pill, and only
 * a few pages are requested, however long the list is.
 */

/** The name of a list among unseen items. */
export function listName(filter: DeliveryFilter): string {
  return hashKey([filter]);
}

/** All lists on screen; others are marked stale and refetched when shown. */
export async function refreshLists(queryClient: QueryClient): Promise<void> {
  const lists = queryClient.getQueryCache().findAll({ queryKey: deliveryKeys.lists });
  for (const query of lists) if (!query.isActive()) query.invalidate();
  await Promise.all(lists.filter((query) => query.isActive()).map((query) => refresh(queryClient, query)));
}

export async function refreshList(queryClient: QueryClient, filter: DeliveryFilter): Promise<void> {
  const query = queryClient.getQueryCache().find({ queryKey: deliveryKeys.list(filter), exact: true });
  if (query) await refresh(queryClient, query);
}

const busy = new Set<Query>();

/** True while lists are loading: a response may be older than a change that the stream has already reported. */
export function areListsLoading(queryClient: QueryClient): boolean {
  return busy.size > 0 || queryClient.isFetching({ queryKey: deliveryKeys.lists }) > 0;
}

async function refresh(queryClient: QueryClient, query: Query): Promise<void> {
  const { queryKey } = query;
  const before = query.state.data as DeliveryPages | undefined;
  // Without data there are no rows to keep in place, and a list that is loading will be current anyway.
  if (query.state.fetchStatus === 'fetching') return;
  if (!before) return queryClient.refetchQueries({ queryKey, exact: true });
  if (busy.has(query)) return;
  busy.add(query);
  try {
    const filter = queryKey[2] as DeliveryFilter;
    const read = await readAgain(filter, before);
    addUnseen(unknown(read, before).map(liveOf), listName(filter));
    queryClient.setQueryData<DeliveryPages>(queryKey, (now) => now && merged(now, read));
  } catch (error) {
    query.setState({ status: 'error', error: error as Error, errorUpdatedAt: Date.now() });
  } finally {
    busy.delete(query);
  }
}

/** The current state of the rows of a page. */
interface RowRange {
  index: number;
  rows: Delivery[];
  next: string | null;
}

/** Ids of the rows in view, which must be current even in a long list. */
let seen: ReadonlySet<string> = new Set();

export function setRowsSeen(ids: readonly string[]): void {
  seen = new Set(ids);
}

/** Reads the first page up to its last row, even if new rows pushed it down, then pages in view or in flight. */
async function readAgain(filter: DeliveryFilter, { pages, pageParams }: DeliveryPages): Promise<RowRange[]> {
  const first: RowRange = { index: 0, rows: [], next: null };
  const last = pages[0]?.data.at(-1);
  let asked = 0;
  let reached = false;
  while (!reached && asked < MAX_REFETCHED_PAGES) {
    const page: DeliveryPage = await readDeliveries(filter, first.next);
    first.rows.push(...page.data);
    first.next = page.next_cursor;
    reached = first.next === null || !last || !isOlder(last, first.rows.at(-1));
    asked++;
  }
  const others = pages
    .map((page, index) => ({ index, weight: weightOf(page) }))
    .filter(({ index, weight }) => index > 0 && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MAX_REFETCHED_PAGES - asked);
  const stretches = others.map(async ({ index }): Promise<RowRange> => {
    const page = await readDeliveries(filter, pageParams[index] ?? null);
    return { index, rows: page.data, next: page.next_cursor };
  });
  return [first, ...(await Promise.all(stretches))];
}

function weightOf(page: DeliveryPage): number {
  if (page.data.some(({ id }) => seen.has(id))) return 2;
  return page.data.some(isInFlight) ? 1 : 0;
}

function merged(now: DeliveryPages, read: readonly RowRange[]): DeliveryPages {
  const [first] = read;
  // An empty list has no rows to keep in place, so new ones are shown at once.
  if (first && now.pages.every((page) => page.data.length === 0)) {
    return { pages: [{ data: first.rows, next_cursor: first.next }], pageParams: [null] };
  }
  const pages = now.pages.map((page, index) => {
    const stretch = read.find((one) => one.index === index);
    if (!stretch) return page;
    const fresh = new Map(stretch.rows.map((row) => [row.id, row]));
    return { ...page, data: page.data.flatMap((row) => fresh.get(row.id) ?? (isGone(row, stretch) ? [] : [row])) };
  });
  return { ...now, pages };
}

/** The row is in the range that was read, but missing there, so it no longer matches the filter. */
function isGone(row: Delivery, { rows, next }: RowRange): boolean {
  const last = rows.at(-1);
  return next === null || (last !== undefined && isOlder(last, row));
}

/** Lists are ordered by time, then by id, newest first. */
function isOlder(a: Delivery, b: Delivery | undefined): boolean {
  if (!b) return false;
  return a.created_at < b.created_at || (a.created_at === b.created_at && a.id < b.id);
}

function unknown(read: readonly RowRange[], { pages }: DeliveryPages): Delivery[] {
  const known = new Set(pages.flatMap((page) => page.data.map(({ id }) => id)));
  return known.size === 0 ? [] : read.flatMap(({ rows }) => rows.filter(({ id }) => !known.has(id)));
}

/** A row in the form of the stream. */
export function liveOf(row: Delivery): LiveDelivery {
  const { id, event, test, status, attempts, response_status, reason, duration_ms, next_attempt_at, webhook } = row;
  return {
    id,
    event,
    test,
    status,
    attempts,
    response_status,
    reason,
    duration_ms,
    next_attempt_at,
    webhook_id: webhook.id,
  };
}
