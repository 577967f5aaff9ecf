import type { WebhookStyle } from '../../../api/types';
import { nameStyles } from '../../../lib/destinations';
import { NamesField } from '../names-field';
import { CardForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

/** How the messages of a tool are written. */
export function StyleCard(props: CardProps) {
  const { webhook, denied } = props;
  const draft = useDraft<NonNullable<WebhookStyle['names']>>(webhook.style?.names ?? 'initials');
  const state = useSave(props, 'Style of messages saved.');

  async function save(): Promise<void> {
    if (await state.save({ style: { names: draft.value } })) draft.drop();
  }

  function undo(): void {
    draft.drop();
    state.reset();
  }

  const theirs = draft.theirs && nameStyles[draft.theirs.value];
  return (
    <CardForm
      title="Messages"
      saveLabel="Save style"
      changed={draft.changed}
      denied={denied}
      state={state}
      conflict={theirs && { theirs, mine: nameStyles[draft.value], onTakeTheirs: undo }}
      onSave={() => void save()}
      onUndo={undo}
    >
      <NamesField value={draft.value} onChange={draft.set} disabled={denied !== null} />
    </CardForm>
  );
}
