import type { AddressedKind, Pace } from '../../../api/types';
import { destinations } from '../../../lib/destinations';
import { isSigned } from '../../../lib/is-signed';
import { paceWords } from '../../../lib/pace';
import { NativeSelect, TextInput } from '../../../ui/kit';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';
import css from './settings.module.css';

interface Typed {
  limit: string;
  per: Pace['per'];
}

const typedOf = (pace: Pace | null): Typed => ({ limit: pace ? String(pace.limit) : '', per: pace?.per ?? 'second' });
const isSame = (a: Typed, b: Typed) => a.limit.trim() === b.limit.trim() && (a.per === b.per || a.limit.trim() === '');
const wordsOf = ({ limit, per }: Typed) => (limit.trim() ? paceWords({ limit: Number(limit), per }) : 'no limit');

/** The maximum number of messages per second or minute. */
export function PaceCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft(typedOf(webhook.pace), isSame);
  const state = useSave(props, 'Pace saved.');
  const { limit, per } = draft.value;
  const tool = isSigned(webhook) ? null : destinations[webhook.kind as AddressedKind].name;

  async function save(): Promise<void> {
    const isRight = /^\s*(?:[1-9]\d{0,2}|1000)?\s*$/.test(limit);
    if (!state.check(isRight ? {} : { pace: 'Enter a whole number from 1 to 1000.' })) return;
    const pace = limit.trim() ? { limit: Number(limit), per } : null;
    if (await state.save({ pace })) draft.drop();
  }

  return (
    <DraftForm
      title="Pace"
      saveLabel="Save pace"
      denied={denied}
      state={state}
      draft={draft}
      words={wordsOf}
      onSave={() => void save()}
    >
      <p className={css.quiet}>
        {tool === null
          ? 'Messages above the limit wait. Leave it empty to send as fast as their server answers.'
          : `Messages above the limit wait. You can only go below the limit of ${tool}; leave it empty to use that.`}
      </p>
      <div className={css.pace}>
        <TextInput
          label="At most"
          inputMode="numeric"
          placeholder="no limit"
          value={limit}
          onChange={(event) => draft.set({ limit: event.currentTarget.value, per })}
          error={state.problems.pace}
          disabled={denied !== null}
          maxLength={4}
        />
        <NativeSelect
          label="messages"
          value={per}
          onChange={(event) => {
            draft.set({ limit, per: event.currentTarget.value as Pace['per'] });
            state.setProblems({});
          }}
          disabled={denied !== null}
          data={[
            { value: 'second', label: 'a second' },
            { value: 'minute', label: 'a minute' },
          ]}
        />
      </div>
    </DraftForm>
  );
}
