import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { cancelDelivery, deliveryKeys, isInFlight, resendDelivery } from '../../../api/deliveries';
import { patchDelivery } from '../../../api/delivery-rows';
import { debounceRefreshNumbers } from '../../../api/live/refresh';
import type { Delivery } from '../../../api/types';
import { toast, toastProblem } from '../../../ui/toasts';

/** Resends a delivery at once, without confirmation: one duplicate does little harm. */
export function useResend(delivery: Pick<Delivery, 'id' | 'webhook'>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => resendDelivery(delivery.id),
    onSuccess: (now) => {
      toast('done', 'On its way. The answer will appear here.');
      show(queryClient, now);
    },
    // If it is refused, the screen is out of date.
    onError: (error) => {
      toastProblem(error);
      void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(delivery.id) });
    },
  });
}

/** Cancels a pending delivery. The dialog shows errors. */
export function useCancel(delivery: Pick<Delivery, 'id'>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => cancelDelivery(delivery.id),
    onSuccess: (now) => show(queryClient, now),
    onError: () => void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(delivery.id) }),
  });
}

/** Changes the row in place, so that it keeps its position and the focus; counts follow. */
function show(queryClient: QueryClient, now: Delivery): void {
  patchDelivery(queryClient, now);
  void queryClient.invalidateQueries({ queryKey: deliveryKeys.one(now.id) });
  debounceRefreshNumbers(queryClient, now.webhook.id);
}

/** Why this delivery cannot be resent by anyone, or null. */
export function cannotResend(delivery: Pick<Delivery, 'status' | 'webhook' | 'test'>): string | null {
  if (delivery.webhook.deleted) return 'The webhook was deleted.';
  if (!delivery.webhook.is_active) return 'The webhook is off. Turn it on first.';
  if (delivery.test) return 'This was a test. Send a new one instead.';
  if (delivery.status === 'waiting') return 'It is already on its way.';
  if (delivery.status === 'cancelled') return 'It was cancelled.';
  return null;
}

/** True while there is something to cancel. */
export function canCancel(delivery: Pick<Delivery, 'status' | 'webhook'>): boolean {
  return isInFlight(delivery) && !delivery.webhook.deleted;
}
