import type { Bucket, WebhookDetail } from '../../../api/types';

/** How far back the figures and the chart of a webhook go. */
export const RANGES = ['24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

export const rangeWords: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

/** Hours of the last day, or days. */
export function bucketsOf({ hourly, daily }: WebhookDetail['series'], range: Range): readonly Bucket[] {
  if (range === '24h') return hourly;
  return range === '7d' ? daily.slice(-7) : daily;
}

export interface Figures {
  delivered: number;
  failed: number;
  failedAttempts: number;
}

export function figuresOf({ last_24h, series }: WebhookDetail, range: Range): Figures {
  if (range === '24h') {
    return { delivered: last_24h.delivered, failed: last_24h.failed, failedAttempts: last_24h.failed_attempts };
  }
  return bucketsOf(series, range).reduce(
    (sum, bucket) => ({
      delivered: sum.delivered + bucket.delivered,
      failed: sum.failed + bucket.failed,
      failedAttempts: sum.failedAttempts + bucket.failed_attempts,
    }),
    { delivered: 0, failed: 0, failedAttempts: 0 },
  );
}
