import { useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useMe } from '../../../api/session';
import type { CreatedWebhook, Webhook } from '../../../api/types';
import { webhookKeys } from '../../../api/webhooks';
import { toolNames } from '../../../copy-tools';
import { isTool } from '../../../lib/failure-sentence';
import { deniedBecause } from '../../../lib/rights';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Modal } from '../../../ui/modal';
import { ButtonLink } from '../../../ui/link';
import { CloseGuard } from '../../../ui/show-once';
import { InfoBar } from '../../../ui/states';
import { PastEvents } from '../past/past-events';
import { PastOffer } from '../past/past-offer';
import { TestPanel } from '../test/test-panel';
import { AddressStep } from './address-step';
import { SecretStep } from './secret-step';
import css from './add-webhook.module.css';

type Step =
  | { name: 'address' }
  | { name: 'secret'; webhook: Webhook; secret: string }
  | { name: 'test' | 'past'; webhook: Webhook };

const TITLES = { address: 'Add webhook', secret: 'Copy this secret now', test: 'Send test', past: 'Send past events' };

/** Address and events, then the secret, then a test. It is a route, so that Back closes it. */
export function AddWebhookDialog() {
  const me = useMe();
  const [step, setStep] = useState<Step>({ name: 'address' });
  const [saved, setSaved] = useState(false);
  const navigate = useNavigate();
  const { address } = useSearch({ from: '/signed-in/recruiter/api/webhooks/list/new' });
  const queryClient = useQueryClient();
  const denied = deniedBecause(me, 'webhooks.write', 'add webhooks');
  const leaving = useBlocker({
    shouldBlockFn: () => step.name === 'secret' && !saved,
    enableBeforeUnload: () => step.name === 'secret' && !saved,
    withResolver: true,
  });
  const close = () => void navigate({ to: '/recruiter/api/webhooks' });

  function created({ secret, ...webhook }: CreatedWebhook): void {
    // Tools get unsigned messages.
    setStep(secret === null ? { name: 'test', webhook } : { name: 'secret', webhook, secret });
    void queryClient.invalidateQueries({ queryKey: webhookKeys.list });
  }

  return (
    <Modal
      opened
      onClose={close}
      size={680}
      // A stray click outside the dialog would lose the input.
      closeOnClickOutside={false}
      title={
        <span className={css.title}>
          {titleOf(step)} <span className={css.step}>{progress(step)}</span>
        </span>
      }
    >
      {leaving.status === 'blocked' ? (
        <CloseGuard what="the secret" onStay={leaving.reset} onLeave={leaving.proceed} />
      ) : null}
      {denied ? (
        <>
          <InfoBar>{denied}</InfoBar>
          <DialogButtons onLeave={close} leave="Back to the list" />
        </>
      ) : null}
      {!denied && step.name === 'address' ? (
        <AddressStep onCreated={created} onCancel={close} withInbox={address === 'inbox'} />
      ) : null}
      {step.name === 'secret' ? (
        <SecretStep
          webhook={step.webhook}
          secret={step.secret}
          onSaved={() => setSaved(true)}
          onNext={() => setStep({ name: 'test', webhook: step.webhook })}
        />
      ) : null}
      {step.name === 'test' ? (
        <>
          <TestPanel
            webhook={step.webhook}
            onResult={() => void queryClient.invalidateQueries({ queryKey: webhookKeys.all })}
          />
          <PastOffer webhook={step.webhook} onOpen={() => setStep({ name: 'past', webhook: step.webhook })} />
          <DialogButtons onLeave={close} leave="Done">
            {step.webhook.inbox_id ? (
              <ButtonLink to="/recruiter/api/webhooks/$id/inbox" params={{ id: step.webhook.id }}>
                See what arrived
              </ButtonLink>
            ) : null}
          </DialogButtons>
        </>
      ) : null}
      {step.name === 'past' ? <PastEvents webhook={step.webhook} onClose={close} /> : null}
    </Modal>
  );
}

function titleOf(step: Step): string {
  if (step.name !== 'test' || !isTool(step.webhook.kind)) return TITLES[step.name];
  return `Send it to ${step.webhook.kind === 'email' ? 'the recipients' : toolNames[step.webhook.kind]}`;
}

function progress(step: Step): string {
  if (step.name === 'address') return 'Step 1';
  if (step.name === 'past') return '';
  const steps = step.webhook.kind === 'endpoint' ? 3 : 2;
  return `Step ${step.name === 'secret' ? 2 : steps} of ${steps}`;
}
