import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isStatus } from '../../../api/problem';
import type { Webhook, WebhookChange, WebhookDetail } from '../../../api/types';
import { changeWebhook, webhookKeys } from '../../../api/webhooks';
import { fieldProblems, isEmpty, type FieldProblems } from '../../../lib/field-problems';
import { toast } from '../../../ui/toasts';

export interface CardProps {
  webhook: WebhookDetail;
  etag: string | null;
  /** The sentence why this person may not change it, or null. */
  denied: string | null;
}

export interface Save {
  busy: boolean;
  problems: FieldProblems;
  setProblems: (problems: FieldProblems) => void;
  /** A refusal that is not about a field. */
  failure: unknown;
  /** Somebody else changed the webhook since it was read: show theirs before overwriting it. */
  outdated: boolean;
  save: (change: WebhookChange) => Promise<Webhook | null>;
}

/** Saves one card; what was typed stays whatever the answer is. */
export function useSave({ webhook, etag }: CardProps, done: string): Save {
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [failure, setFailure] = useState<unknown>(null);
  const outdated = isStatus(failure, 412);

  async function save(change: WebhookChange): Promise<Webhook | null> {
    setBusy(true);
    setFailure(null);
    setProblems({});
    try {
      const saved = await changeWebhook(webhook.id, change, etag);
      toast('done', done);
      await queryClient.invalidateQueries({ queryKey: webhookKeys.all });
      return saved;
    } catch (error) {
      const byField = fieldProblems(error, Object.keys(change));
      setProblems(byField);
      if (isEmpty(byField)) setFailure(error);
      // The next press on Save then carries the newer version, after the person has read the note.
      if (isStatus(error, 412)) await queryClient.invalidateQueries({ queryKey: webhookKeys.one(webhook.id) });
      return null;
    } finally {
      setBusy(false);
    }
  }

  return { busy, problems, setProblems, failure, outdated, save };
}
