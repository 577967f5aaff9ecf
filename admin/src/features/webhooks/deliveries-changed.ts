import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../../api/deliveries';

/**
 * Refetches lists, counts and single deliveries, but not open messages: they do not change, and the audit log records
 * each read as opened by a person.
 */
export function deliveriesChanged(queryClient: QueryClient): Promise<void> {
  return queryClient.invalidateQueries({
    queryKey: deliveryKeys.all,
    predicate: ({ queryKey }) => queryKey[1] !== 'content',
  });
}
