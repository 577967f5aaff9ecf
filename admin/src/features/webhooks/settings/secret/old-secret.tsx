import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../../../../api/types';
import { endPreviousSecret, switchSecret, webhookKeys } from '../../../../api/webhooks';
import { clockTime } from '../../../../lib/time';
import { DialogButtons } from '../../../../ui/dialog-buttons';
import { GuardedButton } from '../../../../ui/guarded-button';
import { Button } from '../../../../ui/kit';
import { Modal } from '../../../../ui/modal';
import { ProblemNote } from '../../../../ui/states';
import { toast } from '../../../../ui/toasts';
import css from '../settings.module.css';

interface OldSecretProps {
  webhook: Webhook;
  previous: NonNullable<Webhook['previous_secret']>;
  denied: string | null;
}

/** While the old secret keeps signing: until when, which header uses which, and two ways to end it early. */
export function OldSecret({ webhook, previous, denied }: OldSecretProps) {
  const [ending, setEnding] = useState(false);
  const switching = useSecretChange(() => switchSecret(webhook.id), 'Switched to the new secret.');
  return (
    <div className={css.overlap}>
      <p>
        Old secret <code className={css.secret}>…{previous.last4}</code> works until{' '}
        <strong className={css.time}>{clockTime(previous.until)}</strong>.
      </p>
      <ul className={css.facts}>
        <li>
          <code>webhook-signature</code> carries both signatures.
        </li>
        <li>
          <code>x-webhook-signature</code> has room for one:{' '}
          {webhook.secret_switched ? 'it uses the new secret.' : 'it still uses the old secret.'}
        </li>
      </ul>
      {switching.isError ? <ProblemNote error={switching.error} /> : null}
      <div className={css.buttons}>
        {webhook.secret_switched ? null : (
          <GuardedButton
            variant="default"
            size="xs"
            denied={denied}
            loading={switching.isPending}
            onClick={() => switching.mutate()}
          >
            Switch now
          </GuardedButton>
        )}
        <GuardedButton variant="default" size="xs" denied={denied} onClick={() => setEnding(true)}>
          End it now
        </GuardedButton>
      </div>
      {ending ? <EndDialog id={webhook.id} last4={previous.last4} onClose={() => setEnding(false)} /> : null}
    </div>
  );
}

/** Asks for confirmation: a receiver that still checks with the old secret will refuse everything. */
function EndDialog({ id, last4, onClose }: { id: string; last4: string; onClose: () => void }) {
  const ending = useSecretChange(() => endPreviousSecret(id), 'The old secret has ended.');
  return (
    <Modal opened onClose={onClose} title={`End the old secret …${last4}?`}>
      <div className={css.form}>
        <p>From then on, only the new secret works. Check that your developer has installed it.</p>
        {ending.isError ? <ProblemNote error={ending.error} /> : null}
        <DialogButtons onLeave={onClose} leave="Keep it" focused>
          <Button
            color="red.9"
            loading={ending.isPending}
            onClick={() => ending.mutate(undefined, { onSuccess: onClose })}
          >
            End old secret
          </Button>
        </DialogButtons>
      </div>
    </Modal>
  );
}

function useSecretChange(change: () => Promise<Webhook>, done: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      toast('done', done);
      return queryClient.invalidateQueries({ queryKey: webhookKeys.all });
    },
  });
}
