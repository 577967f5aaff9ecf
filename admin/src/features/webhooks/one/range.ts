import type { Bucket, WebhookDetail } from '../../../api/types';

/** How far back the figures and the chart of a webhook go. */
export const RANGES = ['24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export const rangeWords: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

export type Series = WebhookDetail['series'];

const SERIES = { '24h': 'hourly', '7d': 'six_hourly', '30d': 'daily' } as const;

/** Steps of an hour, six hours or a day, few enough to be pointed at. */
export function bucketsOf(series: Series, range: Range): readonly Bucket[] {
  return series[SERIES[range]];
}

export const stepMs: Record<Range, number> = { '24h': 3_600_000, '7d': 6 * 3_600_000, '30d': 24 * 3_600_000 };

export interface Figures {
  delivered: number;
  failed: number;
  failedAttempts: number;
  /** Due in this time and still pending. */
  pending: number;
  /** Events that its conditions left out. */
  leftOut: number;
}

export function figuresOf({ last_24h, series }: WebhookDetail, range: Range): Figures {
  const buckets = bucketsOf(series, range);
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const pending = sum((bucket) => bucket.pending);
  if (range === '24h') {
    const { delivered, failed, failed_attempts: failedAttempts, left_out: leftOut } = last_24h;
    return { delivered, failed, failedAttempts, pending, leftOut };
  }
  return {
    delivered: sum((bucket) => bucket.delivered),
    failed: sum((bucket) => bucket.failed),
    failedAttempts: sum((bucket) => bucket.failed_attempts),
    pending,
    leftOut: sum((bucket) => bucket.left_out),
  };
}
