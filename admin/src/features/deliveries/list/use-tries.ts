import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RetryPlan } from '../../../api/types';
import { webhooksQuery } from '../../../api/webhooks';
import { retryPlans } from '../../../copy-forms';

/** How many tries each webhook's plan has, the first included. */
export function useTries(): ReadonlyMap<string, number> {
  const webhooks = useQuery(webhooksQuery).data;
  return useMemo(() => new Map(webhooks?.map(({ id, retry_plan }) => [id, triesOf(retry_plan)])), [webhooks]);
}

export function triesOf(plan: RetryPlan): number {
  return retryPlans[plan].waits.length + 1;
}
