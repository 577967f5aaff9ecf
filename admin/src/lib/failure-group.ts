import type { FailureGroup, Reason } from '../api/types';

/** Reasons that one status code alone leads to: with it the list shows just the group. */
const STATUS_OF: Partial<Record<Reason, string>> = {
  gone: '410',
  not_found: '404',
  method: '405',
  too_large: '413',
  wrong_type: '415',
  busy: '429',
  down: '503',
};

/** The filter of the deliveries list that shows the group; for reasons without a status of their own, all failures of the webhook. */
export function groupSearch(webhookId: string, reason: Reason) {
  const response = STATUS_OF[reason];
  return {
    webhook_id: webhookId,
    status: 'retrying,failed',
    period: '24h' as const,
    ...(response ? { response } : {}),
  };
}

/** "42 deliveries (30 failed, 12 still retrying)". @param capped there are more than were counted. */
export function groupCount({ count, failed, retrying }: FailureGroup, capped: boolean): string {
  const number = `${capped ? 'at least ' : ''}${count.toLocaleString('en-GB')} ${count === 1 ? 'delivery' : 'deliveries'}`;
  if (retrying === 0) return `${number} failed`;
  if (failed === 0) return `${number} still retrying`;
  return `${number} (${failed} failed, ${retrying} still retrying)`;
}
