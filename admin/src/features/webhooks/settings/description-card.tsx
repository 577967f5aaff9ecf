import { TextInput } from '../../../ui/kit';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

export function DescriptionCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft(webhook.description ?? '', (a, b) => a.trim() === b.trim());
  const state = useSave(props, 'Name saved.');

  async function save(): Promise<void> {
    if (await state.save({ description: draft.value.trim() })) draft.drop();
  }

  return (
    <DraftForm
      title="Name"
      saveLabel="Save name"
      denied={denied}
      state={state}
      draft={draft}
      words={(name) => name.trim() || 'nothing'}
      onSave={() => void save()}
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
    </DraftForm>
  );
}
