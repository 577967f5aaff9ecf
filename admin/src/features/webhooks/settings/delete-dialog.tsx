import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { isStatus } from '../../../api/problem';
import { useMe } from '../../../api/session';
import { deleteWebhook, restoreWebhook, webhookKeys, webhooksQuery } from '../../../api/webhooks';
import { keptFor } from '../../../lib/retention';
import { useSubmit } from '../../../lib/use-submit';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button, TextInput } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ProblemNote } from '../../../ui/states';
import { offerUndo } from '../../../ui/toasts';
import { deliveriesChanged } from '../deliveries-changed';
import css from './settings.module.css';

/** Can be undone only for some seconds, so the person types the name to confirm. */
export function DeleteDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const { busy, problems, failure, check, run } = useSubmit();
  const me = useMe();
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!check(typed.trim() === name ? {} : { name: `Type ${name} exactly as shown here.` })) return;
    const deleted = await run([], async () => {
      const etag = await deleteIfThere(id);
      queryClient.setQueryData(webhooksQuery.queryKey, (list) => list?.filter((webhook) => webhook.id !== id));
      await navigate({ to: '/recruiter/api/webhooks' });
      return { etag };
    });
    if (!deleted) return;
    queryClient.removeQueries({ queryKey: webhookKeys.one(id) });
    void queryClient.invalidateQueries({ queryKey: webhookKeys.list });
    void deliveriesChanged(queryClient);
    offerUndo(`${name} is deleted.`, {
      undo: async () => {
        await restoreWebhook(id);
        await Promise.all([
          queryClient.invalidateQueries({ queryKey: webhookKeys.all }),
          deliveriesChanged(queryClient),
        ]);
      },
      undone: `${name} is back.`,
      keep: () => deleteWebhook(id, deleted.etag),
      ms: me.platform.undo_ms,
    });
  }

  return (
    <Modal opened onClose={onClose} title={`Delete ${name}?`}>
      <form className={css.form} onSubmit={(event) => void submit(event)} noValidate>
        <p>
          {undoWords(me.platform.undo_ms)} Its deliveries stay visible for {keptFor(me)}.
        </p>
        <TextInput
          label={`Type ${name} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={problems.name}
          autoComplete="off"
          data-autofocus
        />
        {failure ? <ProblemNote error={failure} /> : null}
        <DialogButtons onLeave={onClose} leave="Keep it">
          <Button type="submit" color="red.9" loading={busy}>
            Delete webhook
          </Button>
        </DialogButtons>
      </form>
    </Modal>
  );
}

function undoWords(ms: number): string {
  return ms === 0 ? 'This cannot be undone.' : `You have ${Math.round(ms / 1_000)} seconds to undo this.`;
}

/** Null if it was already deleted, which counts as success. */
async function deleteIfThere(id: string): Promise<string | null> {
  try {
    return await deleteWebhook(id);
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}
