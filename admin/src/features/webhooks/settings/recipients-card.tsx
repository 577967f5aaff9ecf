import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Recipient } from '../../../api/types';
import { askRecipient, webhookKeys } from '../../../api/webhooks';
import { emailsOf, emailsProblem } from '../../../lib/email-list';
import { fullTime } from '../../../lib/time';
import { ActionIcon, Button } from '../../../ui/kit';
import { IconCross } from '../../../ui/icons';
import { ProblemNote } from '../../../ui/states';
import { toast } from '../../../ui/toasts';
import { MAX_RECIPIENTS, RecipientsField } from '../recipients-field';
import { CardForm } from './card-form';
import { useSave, type CardProps } from './use-save';
import css from './recipients-card.module.css';

/** Who gets the mails, and the state of each address. */
export function RecipientsCard(props: CardProps) {
  const { webhook, denied } = props;
  const [typed, setTyped] = useState('');
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const state = useSave(props, 'Recipients saved.');
  const recipients = (webhook.recipients ?? []).filter(({ email }) => !removed.includes(email));
  const wanted = [...new Set([...recipients.map(({ email }) => email), ...emailsOf(typed)])];

  async function save(): Promise<void> {
    const wrong =
      wanted.length === 0 ? 'Leave at least one, or turn the webhook off.' : emailsProblem(wanted, MAX_RECIPIENTS);
    if (!state.check(wrong === null ? {} : { recipients: wrong })) return;
    if (await state.save({ recipients: wanted })) clear();
  }

  function clear(): void {
    setTyped('');
    setRemoved([]);
  }

  return (
    <CardForm
      title="Recipients"
      saveLabel="Save recipients"
      changed={typed.trim() !== '' || removed.length > 0}
      denied={denied}
      state={state}
      onSave={() => void save()}
      onUndo={() => {
        clear();
        state.reset();
      }}
    >
      <ul className={css.list}>
        {recipients.map((recipient) => (
          <Row
            key={recipient.email}
            webhookId={webhook.id}
            recipient={recipient}
            canChange={denied === null}
            onRemove={() => {
              setRemoved([...removed, recipient.email]);
              state.setProblems({});
            }}
          />
        ))}
      </ul>
      <RecipientsField
        label="Add addresses"
        value={typed}
        onChange={setTyped}
        error={state.problems.recipients}
        disabled={denied !== null}
      />
    </CardForm>
  );
}

interface RowProps {
  webhookId: string;
  recipient: Recipient;
  canChange: boolean;
  onRemove: () => void;
}

function Row({ webhookId, recipient, canChange, onRemove }: RowProps) {
  const { email, state } = recipient;
  const queryClient = useQueryClient();
  const again = useMutation({
    mutationFn: () => askRecipient(webhookId, email),
    onSuccess: () => {
      toast('done', `We ask ${email} again.`);
      return queryClient.invalidateQueries({ queryKey: webhookKeys.one(webhookId) });
    },
  });
  return (
    <li className={css.row}>
      <span className={css.email}>{email}</span>
      <span className={css.state} data-state={state}>
        {stateWords[state]}
      </span>
      {canChange ? (
        <span className={css.buttons}>
          {state === 'confirmed' ? null : (
            <Button size="compact-sm" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
              Ask again
            </Button>
          )}
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${email}`} onClick={onRemove}>
            <IconCross />
          </ActionIcon>
        </span>
      ) : null}
      <RowNote recipient={recipient} />
      {again.isError ? <ProblemNote error={again.error} /> : null}
    </li>
  );
}

const stateWords: Record<Recipient['state'], string> = {
  confirmed: 'Gets emails',
  waiting: 'Not confirmed yet',
  unsubscribed: 'Unsubscribed',
  bounced: 'Bounced',
};

function RowNote({ recipient: { state, reason, asked_at } }: { recipient: Recipient }) {
  if (state === 'waiting') {
    return (
      <span className={css.note}>
        {asked_at === null
          ? 'We will ask soon: we ask each address at most once a day.'
          : `Asked ${fullTime(asked_at)}. Nothing is sent until they press the button in that email.`}
      </span>
    );
  }
  if (state === 'bounced') return <span className={css.note}>Their mail server said: {reason ?? 'no reason'}</span>;
  return state === 'unsubscribed' ? <span className={css.note}>They declined or never answered.</span> : null;
}
