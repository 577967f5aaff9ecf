import type { MessageGrouping, QuietHours } from '../../../api/types';
import { Checkbox, NativeSelect, TextInput } from '../../../ui/kit';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';
import css from './settings.module.css';

interface Typed {
  group: MessageGrouping;
  quiet: QuietHours | null;
}

const GROUPINGS: Record<MessageGrouping, string> = {
  each: 'One by one, as events happen',
  hourly: 'Once an hour, in one message',
  daily: 'Once a day, in one message',
};

const isSame = (a: Typed, b: Typed) => JSON.stringify(a) === JSON.stringify(b);
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function wordsOf({ group, quiet }: Typed): string {
  const hours = quiet ? `quiet from ${quiet.from} to ${quiet.to} (${quiet.time_zone})` : 'no quiet hours';
  return `${GROUPINGS[group].toLowerCase()}, ${hours}`;
}

/** When messages of a tool go out. */
export function ScheduleCard(props: CardProps) {
  const { webhook, denied } = props;
  const stored = { group: webhook.style?.group ?? 'each', quiet: webhook.style?.quiet ?? null } satisfies Typed;
  const draft = useDraft<Typed>(stored, isSame);
  const state = useSave(props, 'Saved when messages go out.');
  const { group, quiet } = draft.value;
  const disabled = denied !== null;
  // The server validates them together.
  const set = (typed: Typed) => {
    draft.set(typed);
    state.setProblems({});
  };
  const change = (hours: Partial<QuietHours>) => {
    if (quiet) set({ group, quiet: { ...quiet, ...hours } });
  };

  async function save(): Promise<void> {
    // Shown at the time zone, if there is one.
    if (await state.save({ style: draft.value }, quiet ? ['style'] : [])) draft.drop();
  }

  return (
    <DraftForm
      title="When"
      saveLabel="Save times"
      denied={denied}
      state={state}
      draft={draft}
      words={wordsOf}
      onSave={() => void save()}
    >
      <NativeSelect
        label="Messages go out"
        description={group === 'daily' ? `At ${quiet ? `${quiet.to}, when quiet hours end` : '09:00 UTC'}.` : undefined}
        value={group}
        disabled={disabled}
        onChange={(event) => set({ group: event.currentTarget.value as MessageGrouping, quiet })}
        data={Object.entries(GROUPINGS).map(([value, label]) => ({ value, label }))}
      />
      <Checkbox
        label="Quiet hours: nothing is sent until they end"
        checked={quiet !== null}
        disabled={disabled}
        onChange={(event) => {
          const on = event.currentTarget.checked;
          set({ group, quiet: on ? { from: '20:00', to: '08:00', time_zone: ownZone() } : null });
        }}
      />
      {quiet ? (
        <div className={css.quietHours}>
          <TextInput
            type="time"
            label="From"
            value={quiet.from}
            disabled={disabled}
            onChange={(event) => change({ from: event.currentTarget.value })}
          />
          <TextInput
            type="time"
            label="To"
            value={quiet.to}
            disabled={disabled}
            onChange={(event) => change({ to: event.currentTarget.value })}
          />
          <TextInput
            label="Time zone"
            value={quiet.time_zone}
            disabled={disabled}
            onChange={(event) => change({ time_zone: event.currentTarget.value })}
            error={state.problems.style}
            maxLength={100}
          />
        </div>
      ) : null}
    </DraftForm>
  );
}
