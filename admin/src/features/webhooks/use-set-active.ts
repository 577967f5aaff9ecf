import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Webhook } from '../../api/types';
import { setWebhookActive, webhookKeys, webhooksQuery } from '../../api/webhooks';
import { toastProblem } from '../../ui/toasts';
import { deliveriesChanged } from './deliveries-changed';

/** Turns a webhook on or off. The switch changes at once and goes back on a refusal. Callers announce success. */
export function useSetActive(webhook: Webhook) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (active: boolean) => setWebhookActive(webhook.id, active),
    onMutate: async (active) => {
      await queryClient.cancelQueries({ queryKey: webhookKeys.list });
      const before = queryClient.getQueryData(webhooksQuery.queryKey);
      queryClient.setQueryData(webhooksQuery.queryKey, (list) =>
        list?.map((entry) => (entry.id === webhook.id ? { ...entry, is_active: active } : entry)),
      );
      return { before };
    },
    onError: (error, _active, context) => {
      queryClient.setQueryData(webhooksQuery.queryKey, context?.before);
      toastProblem(error);
    },
    onSettled: async () => {
      // Its pending deliveries became skipped.
      await Promise.all([queryClient.invalidateQueries({ queryKey: webhookKeys.all }), deliveriesChanged(queryClient)]);
    },
  });
}
