import { notifyManager, useQueryClient } from '@tanstack/react-query';
import { isStatus } from '../../../api/problem';
import type { Webhook, WebhookChange, WebhookDetail } from '../../../api/types';
import { changeWebhook, webhookKeys, webhookQuery } from '../../../api/webhooks';
import { useSaving, type Saving } from './use-saving';

export interface CardProps {
  webhook: WebhookDetail;
  etag: string | null;
  /** Why this person is not allowed to change it, or null. */
  denied: string | null;
}

export interface Save extends Saving {
  /** @param fields that show their own problems; by default those of the change. */
  save: (change: WebhookChange, fields?: readonly string[]) => Promise<Webhook | null>;
}

/** Saves one card that is part of the webhook itself. */
export function useSave({ webhook, etag }: CardProps, done: string): Save {
  const queryClient = useQueryClient();
  const { run, ...saving } = useSaving(done);

  async function change(fields: WebhookChange): Promise<Webhook> {
    try {
      const saved = await changeWebhook(webhook.id, fields, etag);
      // The saved value is on screen even if the refetch fails.
      queryClient.setQueryData(webhookQuery(webhook.id).queryKey, (known) =>
        known ? { ...known, webhook: { ...known.webhook, ...saved } } : known,
      );
      await queryClient.invalidateQueries({ queryKey: webhookKeys.all });
      return saved;
    } catch (error) {
      // The next Save sends the newer version, after the person has read the note.
      if (isStatus(error, 412)) {
        await queryClient.invalidateQueries({ queryKey: webhookKeys.one(webhook.id) });
        // Cards are notified in a separate task: the note about a conflict must not come after a render without it.
        await new Promise((resolve) => notifyManager.schedule(() => resolve(undefined)));
      }
      throw error;
    }
  }

  return { ...saving, save: (wanted, fields = Object.keys(wanted)) => run(fields, () => change(wanted)) };
}
