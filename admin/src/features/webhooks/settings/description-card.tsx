import { TextInput } from '../../../ui/kit';
import { CardForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

export function DescriptionCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft(webhook.description ?? '', (a, b) => a.trim() === b.trim());
  const state = useSave(props, 'Name saved.');

  async function save(): Promise<void> {
    if (await state.save({ description: draft.value.trim() })) draft.drop();
  }

  function undo(): void {
    draft.drop();
    state.reset();
  }

  return (
    <CardForm
      title="Name"
      saveLabel="Save name"
      changed={draft.changed}
      denied={denied}
      state={state}
      conflict={
        draft.theirs && {
          theirs: draft.theirs.value || 'nothing',
          mine: draft.value.trim() || 'nothing',
          onTakeTheirs: undo,
        }
      }
      onSave={() => void save()}
      onUndo={undo}
    >
      <TextInput
        aria-label="Name of the webhook"
        description="Shown as the webhook's name. Without it we show the address."
        value={draft.value}
        onChange={(event) => draft.set(event.currentTarget.value)}
        error={state.problems.description}
        disabled={denied !== null}
        maxLength={200}
      />
    </CardForm>
  );
}
