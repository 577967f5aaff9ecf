import type { FailureGroups, Reason } from '../api/types';
import type { ResendRequest } from './resend-request';
import { webhookName } from './webhook-name';

/** The filter of the deliveries list that shows the group. */
export function groupSearch(webhookId: string, reason: Reason) {
  return { webhook_id: webhookId, status: 'retrying,failed', period: '24h' as const, reason };
}

/**
 * A webhook's failed deliveries in the time of the groups; null when there are none, or nothing can be sent.
 * @param reason only what failed for this reason.
 */
export function failedAt(webhookId: string, failures: FailureGroups | undefined, reason?: Reason): ResendOffer | null {
  const groups =
    failures?.data.filter((group) => group.webhook.id === webhookId && (!reason || group.reason === reason)) ?? [];
  const count = groups.reduce((sum, group) => sum + group.failed, 0);
  const webhook = groups[0]?.webhook;
  if (!failures || !webhook || count === 0 || !webhook.is_active || webhook.deleted) return null;
  return {
    label: `Resend all ${count.toLocaleString('en')}${failures.capped ? '+' : ''}…`,
    request: {
      filter: { webhook_id: webhookId, status: ['failed'], from: failures.from, ...(reason && { reason }) },
      which: `to ${webhookName(webhook)} that failed ${reason ? 'the same way ' : ''}in the last 24 hours`,
    },
  };
}

export interface ResendOffer {
  /** "Resend all 42…" */
  label: string;
  request: ResendRequest;
}
