import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { ApiProblem } from '../../../../api/problem';
import type { Webhook } from '../../../../api/types';
import { rotateSecret, webhookKeys } from '../../../../api/webhooks';
import { DialogButtons } from '../../../../ui/dialog-buttons';
import { Button, Radio, RadioGroup } from '../../../../ui/kit';
import { Modal } from '../../../../ui/modal';
import { useCloseGuard } from '../../../../ui/show-once';
import { InfoBar, ProblemNote } from '../../../../ui/states';
import { HandOverSecret } from '../../handover/hand-over-secret';
import { SecretOnce } from '../../secret-once';
import css from '../settings.module.css';

const OVERLAPS = {
  day: { seconds: 86_400, label: 'In 24 hours' },
  week: { seconds: 7 * 86_400, label: 'In 7 days' },
  now: { seconds: 0, label: 'Right now (it was leaked)' },
} as const;

type Overlap = keyof typeof OVERLAPS;

interface NewSecretDialogProps {
  webhook: Webhook;
  onClose: () => void;
}

/** Asks when the old secret ends, then shows the new one once. */
export function NewSecretDialog({ webhook, onClose }: NewSecretDialogProps) {
  const [secret, setSecret] = useState<string | null>(null);
  const [taken, setTaken] = useState(false);
  const guard = useCloseGuard(secret !== null && !taken, 'the secret', onClose);
  return (
    <Modal
      opened
      onClose={guard.close}
      size={560}
      closeOnClickOutside={secret === null}
      title={secret === null ? 'Create a new secret?' : 'Copy this secret now'}
    >
      {guard.question}
      {secret === null ? (
        <ChooseOverlap webhook={webhook} onMade={setSecret} onCancel={onClose} />
      ) : (
        <>
          <SecretOnce secret={secret} onTaken={() => setTaken(true)} />
          <HandOverSecret webhook={webhook} secret={secret} onTaken={() => setTaken(true)} />
          <DialogButtons>
            <Button onClick={onClose}>I have saved it</Button>
          </DialogButtons>
        </>
      )}
    </Modal>
  );
}

interface ChooseOverlapProps {
  webhook: Webhook;
  onMade: (secret: string) => void;
  onCancel: () => void;
}

function ChooseOverlap({ webhook, onMade, onCancel }: ChooseOverlapProps) {
  const queryClient = useQueryClient();
  // Only one old secret can keep signing.
  const onlyNow = webhook.previous_secret !== null;
  const [overlap, setOverlap] = useState<Overlap | null>(onlyNow ? null : 'day');
  const making = useMutation({
    // The answer contains the secret, so it must not stay in the cache.
    gcTime: 0,
    mutationFn: (chosen: Overlap) => rotateSecret(webhook.id, OVERLAPS[chosen].seconds),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: webhookKeys.all }),
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (overlap !== null) making.mutate(overlap, { onSuccess: (made) => onMade(made.secret) });
  }

  return (
    <form className={css.form} onSubmit={submit} noValidate>
      <p>
        Messages will carry both signatures until the old one ends, so nothing breaks while your developer switches.
      </p>
      {onlyNow ? (
        <InfoBar tone="warn">
          An older secret, …{webhook.previous_secret?.last4}, still works. End it first, or end all old ones now.
        </InfoBar>
      ) : null}
      <RadioGroup label="The old one ends" value={overlap} onChange={(value) => setOverlap(value)}>
        <div className={css.plans}>
          {(Object.keys(OVERLAPS) as Overlap[]).map((value) => (
            <Radio key={value} value={value} label={OVERLAPS[value].label} disabled={onlyNow && value !== 'now'} />
          ))}
        </div>
      </RadioGroup>
      {overlap === 'now' ? (
        <div role="status">
          <InfoBar tone="bad">Every message will fail their check until they switch.</InfoBar>
        </div>
      ) : null}
      <Failure error={making.error} />
      <DialogButtons onLeave={onCancel}>
        <Button type="submit" loading={making.isPending} disabled={overlap === null}>
          Create a new secret
        </Button>
      </DialogButtons>
    </form>
  );
}

/** Another person has made a secret in the meantime, or an earlier request succeeded but its response was lost. */
function Failure({ error }: { error: Error | null }) {
  if (error === null) return null;
  if (error instanceof ApiProblem && error.code === 'secret_overlap') {
    return (
      <div role="alert">
        <InfoBar tone="warn">
          A new secret was made a moment ago, so two are in use now. See the card behind this.
        </InfoBar>
      </div>
    );
  }
  return <ProblemNote error={error} />;
}
