import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { deliveryKeys } from './deliveries';
import type { FailureGroups } from './types';

/** Failures of the last 24 hours by webhook and reason, the largest group first; tests are left out. */
export const failureGroupsQuery = (webhookId?: string) =>
  queryOptions({
    // Under the key of deliveries, so that it is invalidated with them.
    queryKey: [...deliveryKeys.allFailureGroups, webhookId],
    queryFn: ({ signal }): Promise<FailureGroups> => {
      const query = webhookId ? { webhook_id: webhookId } : {};
      return dataOf(api.GET('/api/recruiter/failure-groups', { params: { query }, signal }));
    },
    staleTime: 10_000,
  });
