import type { Webhook } from '../api/types';
import type { ResendOffer } from './failure-group';
import { webhookName } from './webhook-name';

type Missing = Webhook['not_delivered'];

/** "563", "10,000+". */
export function missingCount({ count, capped }: Missing): string {
  return `${count.toLocaleString('en')}${capped ? '+' : ''}`;
}

/** What several webhooks have not delivered, with the oldest of it. */
export function sumOfMissing(webhooks: readonly Webhook[]): Missing {
  const all = webhooks.map(({ not_delivered }) => not_delivered);
  const since = all.flatMap((one) => one.since ?? []).toSorted()[0] ?? null;
  return { count: all.reduce((sum, { count }) => sum + count, 0), capped: all.some(({ capped }) => capped), since };
}

/** None of it is retried automatically: a person has to resend it. */
export function isGivenUp({ not_delivered, last_24h }: Webhook): boolean {
  return not_delivered.count > 0 && last_24h.hours.every(({ pending }) => pending === 0);
}

/** The filter of the deliveries list that shows it. */
export function missingSearch({ id, is_active }: Webhook) {
  return { webhook_id: id, status: `retrying,failed,waiting${is_active ? '' : ',skipped'}` };
}

/** The request to resend failed deliveries and, if the webhook is off, skipped ones. */
export function missingResend(webhook: Webhook): ResendOffer['request'] {
  const status: ('failed' | 'skipped')[] = webhook.is_active ? ['failed'] : ['failed', 'skipped'];
  const { since } = webhook.not_delivered;
  return {
    filter: { webhook_id: webhook.id, status, ...(since ? { from: since } : {}) },
    which: `to ${webhookName(webhook)} that failed${webhook.is_active ? '' : ' or were skipped'}`,
  };
}
