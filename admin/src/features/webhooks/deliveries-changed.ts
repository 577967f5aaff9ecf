import type { QueryClient } from '@tanstack/react-query';
import { deliveryKeys } from '../../api/deliveries';

/**
 * Lists, counts and single deliveries are asked for again. Not the messages that somebody has open: they do not change, and each
 * time one is asked for the audit log says that a person opened it.
 */
export function deliveriesChanged(queryClient: QueryClient): Promise<void> {
  return queryClient.invalidateQueries({
    queryKey: deliveryKeys.all,
    predicate: ({ queryKey }) => queryKey[1] !== 'content',
  });
}
