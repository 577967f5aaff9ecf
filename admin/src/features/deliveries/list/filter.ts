import type { DeliveryFilter } from '../../../api/deliveries';
import type { DeliveryCounts, DeliveryStatus, Reason, RecoveryFilter } from '../../../api/types';
import type { ResendOffer } from '../../../lib/failure-group';
import { serverNow } from '../../../lib/server-clock';

/** In the order of the chips: delivered, pending, not delivered. */
export const STATUSES: readonly DeliveryStatus[] = [
  'delivered',
  'retrying',
  'failed',
  'waiting',
  'skipped',
  'cancelled',
];

/** The search parameters of this list. */
export interface ListSearch {
  status?: string | undefined;
  webhook_id?: string | undefined;
  /** Only deliveries of this bulk resend. */
  recovery_id?: string | undefined;
  event?: string | undefined;
  response?: string | undefined;
  reason?: string | undefined;
  q?: string | undefined;
  period?: '24h' | '7d' | '30d' | undefined;
  /** An hour of a chart or another range of time; takes precedence over the period. */
  from?: string | undefined;
  to?: string | undefined;
  /** The delivery whose drawer is open; not a filter. */
  delivery?: string | undefined;
  /** Tests are left out by default. */
  tests?: 'only' | 'any' | undefined;
}

const PERIOD_MS = { '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 };

/**
 * The API's filter for what the address bar says.
 * @param now rounded down to the minute, so that the filter (and with it the cached list) is stable between renders.
 */
export function toFilter(search: ListSearch, now = serverNow()): DeliveryFilter {
  const { period, tests, delivery: _open, ...rest } = search;
  const minute = Math.floor(now / 60_000) * 60_000;
  const { status, reason, ...others } = rest;
  const statuses = STATUSES.filter((name) => status?.split(',').includes(name));
  return {
    ...others,
    ...(statuses.length > 0 ? { status: statuses } : {}),
    // Anyone can type a word there; the server checks it.
    ...(reason ? { reason: reason as Reason } : {}),
    ...(period && !others.from ? { from: new Date(minute - PERIOD_MS[period]).toISOString() } : {}),
    ...(tests ? { test: tests === 'only' ? 'true' : 'any' } : {}),
  };
}

export function hasFilter(search: ListSearch): boolean {
  const { delivery: _open, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}

/** "1,204": how many match, up to the limit of counting; null while unknown. */
export function totalOf({ status }: DeliveryFilter, counts: DeliveryCounts | undefined): string | null {
  if (!counts) return null;
  const counted = status ? status.map((name) => counts[name]) : [counts.total];
  const sum = counted.reduce((total, { count }) => total + count, 0);
  return `${sum.toLocaleString('en')}${counted.some(({ capped }) => capped) ? '+' : ''}`;
}

/** All that match the filter and can be resent; null when there are none, or when the filter is for tests. */
export function resendOffer(filter: DeliveryFilter, counts: DeliveryCounts | undefined): ResendOffer | null {
  const { status, test, recovery_id, ...others } = filter;
  const wanted = (['failed', 'skipped'] as const).filter((name) => !status || status.includes(name));
  if (!counts || test === 'true' || recovery_id) return null;
  const statuses = wanted.filter((name) => counts[name].count > 0);
  const count = statuses.reduce((sum, name) => sum + counts[name].count, 0);
  if (count === 0) return null;
  const capped = statuses.some((name) => counts[name].capped) ? '+' : '';
  const which = statuses.map((name) => (name === 'failed' ? 'failed' : 'were skipped')).join(' or ');
  return {
    label: `Resend all ${count.toLocaleString('en')}${capped} that match…`,
    request: {
      filter: { ...others, status: statuses } satisfies RecoveryFilter,
      which: `that ${which} and match the filters`,
    },
  };
}
