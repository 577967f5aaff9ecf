import { HEADERS_GO } from '../../../copy-forms';
import { addressProblem, isOtherServer } from '../../../lib/address-check';
import type { FieldProblems } from '../../../lib/field-problems';
import { InfoBar } from '../../../ui/states';
import { AddressField } from '../address-field';
import { DraftForm } from './card-form';
import { useDraft } from './use-draft';
import { useSave, type CardProps } from './use-save';

export function AddressCard(props: CardProps) {
  const { webhook, denied } = props;
  const present = webhook.url ?? '';
  const draft = useDraft(present, (a, b) => a.trim() === b.trim());
  const state = useSave(props, 'Address saved.');

  function problems(): FieldProblems {
    const problem = addressProblem(draft.value);
    return problem === null ? {} : { url: problem };
  }

  async function save(): Promise<void> {
    if (!state.check(problems())) return;
    if (await state.save({ url: draft.value.trim() })) draft.drop();
  }

  return (
    <DraftForm
      title="Address"
      saveLabel="Save address"
      denied={denied}
      state={state}
      draft={draft}
      words={String}
      onSave={() => void save()}
    >
      <AddressField
        value={draft.value}
        onChange={(address) => {
          draft.set(address);
          state.setProblems({});
        }}
        error={state.problems.url}
        onCheck={() => state.setProblems(problems())}
        disabled={denied !== null}
        labelHidden
      />
      {webhook.header_names.length > 0 && isOtherServer(present, draft.value) ? (
        <InfoBar tone="warn">{HEADERS_GO}</InfoBar>
      ) : null}
    </DraftForm>
  );
}
