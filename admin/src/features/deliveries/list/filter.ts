import type { DeliveryFilter } from '../../../api/deliveries';
import type { DeliveryStatus } from '../../../api/types';

/** In the order of the chips: what went well, what still may, what did not. */
export const STATUSES: readonly DeliveryStatus[] = [
  'delivered',
  'retrying',
  'failed',
  'waiting',
  'skipped',
  'cancelled',
];

/** What the address bar holds for this list. */
export interface ListSearch {
  status?: string | undefined;
  webhook_id?: string | undefined;
  event?: string | undefined;
  response?: string | undefined;
  q?: string | undefined;
  period?: '24h' | '7d' | '30d' | undefined;
  /** The delivery whose drawer is open: no filter. */
  delivery?: string | undefined;
  /** Tests are left out unless asked for. */
  tests?: 'only' | 'any' | undefined;
}

const PERIOD_MS = { '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 };

/**
 * The API's filter for what the address bar says.
 * @param now rounded down to the minute, so that the filter (and with it the cached list) stays the same between two renders.
 */
export function toFilter(search: ListSearch, now = Date.now()): DeliveryFilter {
  const { period, tests, delivery: _open, ...rest } = search;
  const minute = Math.floor(now / 60_000) * 60_000;
  const { status, ...others } = rest;
  const statuses = STATUSES.filter((name) => status?.split(',').includes(name));
  return {
    ...others,
    ...(statuses.length > 0 ? { status: statuses } : {}),
    ...(period ? { from: new Date(minute - PERIOD_MS[period]).toISOString() } : {}),
    ...(tests ? { test: tests === 'only' ? 'true' : 'any' } : {}),
  };
}

export function hasFilter(search: ListSearch): boolean {
  const { status, webhook_id, event, response, q, period, tests } = search;
  return [status, webhook_id, event, response, q, period, tests].some((value) => value !== undefined);
}
