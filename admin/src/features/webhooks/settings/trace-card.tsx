import { Checkbox } from '../../../ui/kit';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

const wordsOf = (sent: boolean) => (sent ? 'with the trace' : 'without it');

/** Whether requests carry the trace of their event. */
export function TraceCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft(webhook.traceparent);
  const state = useSave(props, 'Tracing saved.');

  async function save(): Promise<void> {
    if (await state.save({ traceparent: draft.value })) draft.drop();
  }

  return (
    <DraftForm
      title="Tracing"
      saveLabel="Save tracing"
      denied={denied}
      state={state}
      draft={draft}
      words={wordsOf}
      onSave={() => void save()}
    >
      <Checkbox
        label="Send the header traceparent"
        description="Their developer can follow an event from BPOC into their system (W3C Trace Context)."
        checked={draft.value}
        error={state.problems.traceparent}
        disabled={denied !== null}
        onChange={(change) => {
          draft.set(change.currentTarget.checked);
          state.setProblems({});
        }}
      />
    </DraftForm>
  );
}
