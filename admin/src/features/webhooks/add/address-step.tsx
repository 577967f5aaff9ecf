import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type FormEvent } from 'react';
import { eventTypesQuery } from '../../../api/event-types';
import type { CreatedWebhook, EventTypeList, WebhookInput, WebhookStyle } from '../../../api/types';
import { createWebhook, webhooksQuery } from '../../../api/webhooks';
import { fieldWords } from '../../../copy-forms';
import { addressProblem } from '../../../lib/address-check';
import { destinations, kindOfAddress } from '../../../lib/destinations';
import { isChosen, type Selection } from '../../../lib/event-selection';
import { emailsOf, emailsProblem } from '../../../lib/email-list';
import type { FieldProblems } from '../../../lib/field-problems';
import { randomKey } from '../../../lib/random-key';
import { useSubmit } from '../../../lib/use-submit';
import { DialogButtons } from '../../../ui/dialog-buttons';
import { Button, TextInput } from '../../../ui/kit';
import { LoadError, LoadingRows, ProblemNote } from '../../../ui/states';
import { NewInbox } from '../inbox/new-inbox';
import { AddressField } from '../address-field';
import { DestinationField, type Place } from '../destination-field';
import { EventPicker } from '../event-picker';
import { NamesField } from '../names-field';
import { MAX_RECIPIENTS, RecipientsField } from '../recipients-field';
import { SameAddressNote } from '../same-address-note';
import { conditionFields, conditionsToSend, type TypedCondition } from '../settings/conditions/condition-edits';
import { OnlyWhen } from './only-when';
import css from './add-webhook.module.css';

interface AddressStepProps {
  onCreated: (webhook: CreatedWebhook) => void;
  onCancel: () => void;
  /** Starts with the address of a new test inbox. */
  withInbox: boolean;
}

export function AddressStep({ onCreated, onCancel, withInbox }: AddressStepProps) {
  const catalogue = useQuery(eventTypesQuery);
  const webhooks = useQuery(webhooksQuery).data;
  const [place, setPlace] = useState<Place>(withInbox ? 'inbox' : 'endpoint');
  const [names, setNames] = useState<NonNullable<WebhookStyle['names']>>('initials');
  const [switched, setSwitched] = useState(false);
  const [url, setUrl] = useState('');
  const [recipients, setRecipients] = useState('');
  const [events, setEvents] = useState<Selection>([]);
  const [conditions, setConditions] = useState<readonly TypedCondition[]>([]);
  const [description, setDescription] = useState('');
  const { busy, problems, setProblems, failure, check, run } = useSubmit();
  const [inboxUrl, setInboxUrl] = useState<string | null>(null);
  const keyFor = useIdempotencyKey();
  const kind = place === 'inbox' ? 'endpoint' : place;
  const address = place === 'inbox' ? (inboxUrl ?? '') : url;
  // Conditions on events that are no longer selected would be refused.
  const typed = conditions.filter(({ event }) => isChosen(events, event));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const isMail = kind === 'email';
    const found = formProblems(isMail ? mailProblems(recipients) : urlProblems(address), events);
    if (!check(found)) return;
    const input: WebhookInput = {
      ...(kind === 'endpoint' ? {} : { kind, style: { names } }),
      ...(isMail ? { recipients: emailsOf(recipients) } : { url: address.trim() }),
      events: [...events],
      ...conditionsOf(typed, catalogue.data),
      ...(description.trim() === '' ? {} : { description: description.trim() }),
    };
    const fields = ['url', 'recipients', 'events', 'description', ...conditionFields(typed)];
    const created = await run(fields, () => createWebhook(input, keyFor(input)));
    if (created) onCreated(created);
  }

  function choose(next: Place): void {
    setPlace(next);
    setSwitched(false);
    setProblems({ ...problems, url: undefined, recipients: undefined });
  }

  /** A pasted address selects the kind it belongs to. */
  function typeAddress(address: string): void {
    setUrl(address);
    setProblems({ ...problems, url: undefined });
    const found = kindOfAddress(address);
    if (found === null || found === place) return;
    choose(found);
    if (found === 'email') {
      setRecipients(`${address.trim()}\n`);
      setUrl('');
    } else setSwitched(true);
  }

  function fillInbox(address: string): void {
    setInboxUrl(address);
    if (description === '') setDescription('Test inbox');
  }

  const existing = webhooks?.find((webhook) => webhook.url === address.trim());
  return (
    <form className={css.pane} onSubmit={(event) => void submit(event)} noValidate>
      <DestinationField value={place} onChange={choose} />
      {place === 'inbox' ? (
        <NewInbox address={inboxUrl} onAddress={fillInbox} />
      ) : kind === 'email' ? (
        <RecipientsField value={recipients} onChange={setRecipients} error={problems.recipients} />
      ) : (
        <AddressField
          label={destinations[kind].addressLabel}
          value={url}
          onChange={typeAddress}
          error={problems.url}
          onCheck={() => setProblems({ ...problems, url: url === '' ? undefined : (addressProblem(url) ?? undefined) })}
          autoFocus
        />
      )}
      {switched ? (
        <p className={css.fieldHint} role="status">
          This is an address of {destinations[kind].name}. We send a message that people can read there.
        </p>
      ) : null}
      {kind === 'endpoint' ? null : <NamesField value={names} onChange={setNames} />}
      {existing ? <SameAddressNote existing={existing} /> : null}
      {catalogue.data ? (
        <>
          <EventPicker catalogue={catalogue.data} value={events} onChange={setEvents} error={problems.events} />
          <OnlyWhen
            catalogue={catalogue.data}
            events={events}
            value={typed}
            onChange={(next) => {
              setProblems({ ...problems, ...emptied(conditionFields(typed)) });
              setConditions(next);
            }}
            problems={problems}
          />
        </>
      ) : catalogue.isError ? (
        <LoadError error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : (
        <div>
          <p className={css.legend}>What should we send?</p>
          <LoadingRows rows={7} height={46} label="Loading the event types" />
        </div>
      )}
      <TextInput
        label="Name"
        description="Optional, for example “Payroll sync”."
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={problems.description}
        maxLength={200}
      />
      {failure ? <ProblemNote error={failure} /> : null}
      <DialogButtons onLeave={onCancel}>
        <Button type="submit" loading={busy} disabled={place === 'inbox' && inboxUrl === null}>
          Create webhook
        </Button>
      </DialogButtons>
    </form>
  );
}

function conditionsOf(typed: readonly TypedCondition[], catalogue: EventTypeList | undefined) {
  return catalogue && typed.length > 0 ? { conditions: conditionsToSend(typed, catalogue) } : {};
}

const emptied = (fields: string[]): FieldProblems => Object.fromEntries(fields.map((field) => [field, undefined]));

function urlProblems(url: string): FieldProblems {
  const address = addressProblem(url);
  return address === null ? {} : { url: address };
}

function mailProblems(typed: string): FieldProblems {
  const emails = emailsOf(typed);
  const wrong = emails.length === 0 ? fieldWords.recipientsEmpty : emailsProblem(emails, MAX_RECIPIENTS);
  return wrong === null ? {} : { recipients: wrong };
}

function formProblems(place: FieldProblems, events: Selection): FieldProblems {
  return {
    ...place,
    ...(events.length > 0 ? {} : { events: fieldWords.eventsEmpty }),
  };
}

/** One key per input: a retry after a lost response has the same key, a changed field a new one. */
function useIdempotencyKey(): (input: WebhookInput) => string {
  const last = useRef({ input: '', key: '' });
  return (input) => {
    const text = JSON.stringify(input);
    if (last.current.input !== text) last.current = { input: text, key: randomKey() };
    return last.current.key;
  };
}
