import type { WebhookStyle } from '../../../api/types';
import { nameStyles } from '../../../lib/destinations';
import { NamesField } from '../names-field';
import { DraftForm } from './card-form';
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

  return (
    <DraftForm
      title="Messages"
      saveLabel="Save style"
      denied={denied}
      state={state}
      draft={draft}
      words={(names) => nameStyles[names]}
      onSave={() => void save()}
    >
      <NamesField value={draft.value} onChange={draft.set} error={state.problems.style} disabled={denied !== null} />
    </DraftForm>
  );
}
