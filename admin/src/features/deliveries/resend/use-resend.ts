import { useMutation, useQueryClient } from '@tanstack/react-query';
import { deliveryKeys, resendDelivery } from '../../../api/deliveries';
import { wordsFor } from '../../../api/problem';
import type { Delivery } from '../../../api/types';
import { webhookKeys } from '../../../api/webhooks';
import { toast } from '../../../ui/toasts';

/** Sends a delivery once more: at once, without a question, because one delivery is soon checked and never lost. */
export function useResend(delivery: Pick<Delivery, 'id'>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => resendDelivery(delivery.id),
    onSuccess: () => toast('done', 'On its way. The answer appears here.'),
    onError: (error) => toast('problem', wordsFor(error).text),
    onSettled: async () => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: deliveryKeys.all }),
        queryClient.invalidateQueries({ queryKey: webhookKeys.all }),
      ]);
    },
  });
}

/** Why this delivery cannot be sent once more by anybody, or null. */
export function cannotResend(delivery: Pick<Delivery, 'status' | 'webhook' | 'test'>): string | null {
  if (delivery.webhook.deleted) return 'The webhook was deleted.';
  if (!delivery.webhook.is_active) return 'The webhook is off. Turn it on first.';
  if (delivery.test) return 'This was a test. Send a new one instead.';
  if (delivery.status === 'waiting') return 'It is on its way already.';
  if (delivery.status === 'cancelled') return 'It was cancelled.';
  return null;
}
