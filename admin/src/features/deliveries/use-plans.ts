import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Delivery, Webhook } from '../../api/types';
import { webhooksQuery } from '../../api/webhooks';
import { retryPlans } from '../../copy-forms';
import { soon } from '../../lib/time';

/** How a webhook retries deliveries. */
export interface Plan {
  /** Number of tries, including the first. */
  tries: number;
  /** Until when it is paused; then a probe is sent. */
  pausedUntil: string | null;
}

/** The plan of each webhook. */
export function usePlans(): ReadonlyMap<string, Plan> {
  const webhooks = useQuery(webhooksQuery).data;
  return useMemo(() => new Map(webhooks?.map((webhook) => [webhook.id, planOf(webhook)])), [webhooks]);
}

export function planOf({ retry_plan, paused_until }: Pick<Webhook, 'retry_plan' | 'paused_until'>): Plan {
  return { tries: retryPlans[retry_plan].waits.length + 1, pausedUntil: paused_until };
}

/** When the next try is: "at 15:20 (3 of 4)", "in a moment". Null while the webhook is paused. */
export function nextTry(delivery: Delivery, plan: Plan | undefined): string | null {
  if (plan?.pausedUntil) return null;
  // After a resend the retry plan starts again, while the attempt numbers continue.
  const which = plan && delivery.attempts < plan.tries ? ` (${delivery.attempts + 1} of ${plan.tries})` : '';
  return `${delivery.next_attempt_at ? soon(delivery.next_attempt_at) : 'in a moment'}${which}`;
}

/** "Paused. We test it at 14:45." */
export function pausedWords({ pausedUntil }: Plan): string {
  return pausedUntil ? `Paused. We test it ${soon(pausedUntil)}.` : '';
}
