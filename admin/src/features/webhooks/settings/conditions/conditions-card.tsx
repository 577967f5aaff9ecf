import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../../api/event-types';
import type { EventTypeList } from '../../../../api/types';
import { DraftForm } from '../card-form';
import { useDraft } from '../use-draft';
import { useSave, type CardProps } from '../use-save';
import {
  conditionFields,
  conditionsToSend,
  conditionWords,
  typedConditions,
  type TypedCondition,
} from './condition-edits';
import { ConditionsEditor } from './conditions-editor';

/** Only when…: which of the subscribed events are sent. */
export function ConditionsCard(props: CardProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  return catalogue ? <Conditions {...props} catalogue={catalogue} /> : null;
}

const wordsOf = (typed: TypedCondition[]) =>
  typed.length > 0 ? typed.map(conditionWords).join('; or ') : 'every event';
const same = (a: TypedCondition[], b: TypedCondition[]) => JSON.stringify(a) === JSON.stringify(b);

function Conditions({ catalogue, ...props }: CardProps & { catalogue: EventTypeList }) {
  const { webhook, denied } = props;
  const draft = useDraft<TypedCondition[]>(typedConditions(webhook.conditions), same);
  const state = useSave(props, 'Conditions saved.');

  async function save(): Promise<void> {
    const conditions = conditionsToSend(draft.value, catalogue);
    const stored = { conditions: conditions.length > 0 ? conditions : null };
    if (await state.save(stored, conditionFields(draft.value))) draft.drop();
  }

  return (
    <DraftForm
      title="Only when…"
      saveLabel="Save conditions"
      denied={denied}
      state={state}
      draft={draft}
      words={wordsOf}
      onSave={() => void save()}
    >
      <ConditionsEditor
        catalogue={catalogue}
        events={webhook.events}
        value={draft.value}
        onChange={(next) => {
          state.setProblems({});
          draft.set(next);
        }}
        problems={state.problems}
        disabled={denied !== null}
      />
    </DraftForm>
  );
}
