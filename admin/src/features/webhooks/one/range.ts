import type { Bucket, WebhookDetail } from '../../../api/types';

/** How far back the figures and the chart of a webhook go. */
export const RANGES = ['24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export const rangeWords: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

export type Series = WebhookDetail['series'];

/** Hours of the last day, or days. */
export function bucketsOf({ hourly, daily }: Series, range: Range): readonly Bucket[] {
  if (range === '24h') return hourly;
  return range === '7d' ? daily.slice(-7) : daily;
}

export interface Figures {
  delivered: number;
  failed: number;
  failedAttempts: number;
  /** Due in this time, and still on its way. */
  pending: number;
}

export function figuresOf({ last_24h, series }: WebhookDetail, range: Range): Figures {
  const buckets = bucketsOf(series, range);
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((total, bucket) => total + of(bucket), 0);
  const pending = sum((bucket) => bucket.pending);
  if (range === '24h') {
    const { delivered, failed, failed_attempts: failedAttempts } = last_24h;
    return { delivered, failed, failedAttempts, pending };
  }
  return {
    delivered: sum((bucket) => bucket.delivered),
    failed: sum((bucket) => bucket.failed),
    failedAttempts: sum((bucket) => bucket.failed_attempts),
    pending,
  };
}
