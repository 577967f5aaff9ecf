import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from './client';
import { deliveryKeys } from './deliveries';
import type { EventWithRecipients } from './types';

/** One event with every webhook, recipient or not. Its key is below the deliveries', whose changes invalidate it. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: [...deliveryKeys.all, 'event', id],
    queryFn: ({ signal }): Promise<EventWithRecipients> =>
      dataOf(api.GET('/api/recruiter/events/{id}', { params: { path: { id } }, signal })),
  });
