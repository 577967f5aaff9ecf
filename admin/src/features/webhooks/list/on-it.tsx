import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { acknowledge, mute, problemsQuery, withdraw } from '../../../api/problems';
import { useMe } from '../../../api/session';
import type { Webhook, WebhookProblem } from '../../../api/types';
import { deniedBecause } from '../../../lib/rights';
import { webhookName } from '../../../lib/webhook-name';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { GuardedButton } from '../../../ui/guarded-button';
import { Button, TextInput } from '../../../ui/kit';
import { Modal } from '../../../ui/modal';
import { ProblemNote } from '../../../ui/states';
import { toastProblem } from '../../../ui/toasts';

interface OnItProps {
  webhook: Webhook;
  problem: WebhookProblem | undefined;
}

/** Tells colleagues that the person is handling the problem. */
export function OnItButton({ webhook, problem }: OnItProps) {
  const [asking, setAsking] = useState(false);
  const take = useSay((id) => withdraw(id));
  const denied = useDenied('say that you are on it');
  return (
    <>
      <GuardedButton
        variant="subtle"
        color="gray"
        size="xs"
        denied={denied}
        loading={take.isPending}
        onClick={() => (problem?.acknowledged ? take.mutate(webhook.id) : setAsking(true))}
      >
        {problem?.acknowledged ? 'No longer on it' : 'I am on it…'}
      </GuardedButton>
      {asking ? <OnItDialog webhook={webhook} onClose={() => setAsking(false)} /> : null}
    </>
  );
}

/** Mutes a problem, which then no longer counts as needing attention. */
export function MuteButton({ webhook, problem }: OnItProps) {
  const muted = Boolean(problem?.muted);
  const say = useSay((id) => mute(id, !muted));
  return (
    <GuardedButton
      variant="subtle"
      color="gray"
      size="xs"
      denied={useDenied('mute problems')}
      loading={say.isPending}
      onClick={() => say.mutate(webhook.id)}
    >
      {muted ? 'Unmute' : 'Mute'}
    </GuardedButton>
  );
}

function OnItDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [note, setNote] = useState('');
  const say = useSay((id) => acknowledge(id, note.trim()), onClose);

  function submit(event: FormEvent): void {
    event.preventDefault();
    say.mutate(webhook.id);
  }

  return (
    <Modal opened onClose={onClose} title={`You are on it: ${webhookName(webhook)}`}>
      <form onSubmit={submit}>
        <p>Your colleagues see your name and your note until it works again.</p>
        <TextInput
          mt="md"
          label="Note"
          description="Optional, for example what you are doing about it."
          value={note}
          maxLength={200}
          onChange={(event) => setNote(event.currentTarget.value)}
          data-autofocus
        />
        {say.isError ? <ProblemNote error={say.error} /> : null}
        <DialogButtons onLeave={onClose}>
          <Button type="submit" loading={say.isPending}>
            I am on it
          </Button>
        </DialogButtons>
      </form>
    </Modal>
  );
}

function useDenied(action: string): string | null {
  return deniedBecause(useMe(), 'problems.write', action);
}

function useSay(say: (id: string) => Promise<WebhookProblem>, onDone?: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: say,
    onSuccess: (said) => {
      queryClient.setQueryData(problemsQuery.queryKey, (all) => all?.map((one) => (one.id === said.id ? said : one)));
      onDone?.();
    },
    // A dialog shows its own errors.
    ...(onDone ? {} : { onError: toastProblem }),
  });
}
