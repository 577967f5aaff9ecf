import { useQuery } from '@tanstack/react-query';
import { eventTypesQuery } from '../../../../api/event-types';
import type { EventTypeList } from '../../../../api/types';
import { isChosen } from '../../../../lib/event-selection';
import { IconPlus } from '../../../../ui/icons';
import { Button, NativeSelect } from '../../../../ui/kit';
import { CardForm } from '../card-form';
import { useDraft } from '../use-draft';
import { useSave, type CardProps } from '../use-save';
import { ComparisonRow } from './comparison-row';
import { conditionsToSend, typedConditions, type TypedCondition } from './condition-edits';
import { ConditionsPreviewLine } from './conditions-preview';
import { RemoveButton } from './remove-button';
import css from './conditions.module.css';

/** Only when…: which of the subscribed events are sent. */
export function ConditionsCard(props: CardProps) {
  const catalogue = useQuery(eventTypesQuery).data;
  return catalogue ? <Conditions {...props} catalogue={catalogue} /> : null;
}

const same = (a: TypedCondition[], b: TypedCondition[]) => JSON.stringify(a) === JSON.stringify(b);

function Conditions({ catalogue, ...props }: CardProps & { catalogue: EventTypeList }) {
  const { webhook, denied } = props;
  const draft = useDraft<TypedCondition[]>(typedConditions(webhook.conditions), same);
  const state = useSave(props, 'Conditions saved.');
  const chosen = catalogue.data.filter(({ type }) => isChosen(webhook.events, type));
  const conditions = conditionsToSend(draft.value, catalogue);

  async function save(): Promise<void> {
    const fields = conditions.flatMap(({ all }, index) =>
      all.flatMap((_one, place) => ['field', 'op', 'value'].map((of) => `conditions.${index}.all.${place}.${of}`)),
    );
    if (await state.save({ conditions: conditions.length > 0 ? conditions : null }, fields)) draft.drop();
  }

  function undo(): void {
    draft.drop();
    state.reset();
  }

  function change(index: number, next: TypedCondition | null): void {
    state.setProblems({});
    draft.set(draft.value.flatMap((one, at) => (at !== index ? [one] : next === null ? [] : [next])));
  }

  function add(): void {
    const event = chosen[0];
    if (event) draft.set([...draft.value, emptyCondition(catalogue, event.type)]);
  }

  return (
    <CardForm
      title="Only when…"
      saveLabel="Save conditions"
      changed={draft.changed}
      denied={denied}
      state={state}
      conflict={null}
      onSave={() => void save()}
      onUndo={undo}
    >
      <p className={css.preview}>
        {draft.value.length === 0
          ? 'All events are sent. Add a condition to send only some of them.'
          : 'An event with conditions is sent only when one of them is met. Other events are always sent.'}
      </p>
      <div className={css.list}>
        {draft.value.map((condition, index) => (
          <div key={index} className={css.condition}>
            <div className={css.head}>
              <NativeSelect
                aria-label="Event"
                value={condition.event}
                disabled={denied !== null}
                onChange={(event) => change(index, emptyCondition(catalogue, event.currentTarget.value))}
                data={chosen.map(({ type, title }) => ({ value: type, label: title }))}
              />
              {denied === null ? (
                <RemoveButton label={`Remove condition ${index + 1}`} onClick={() => change(index, null)} />
              ) : null}
            </div>
            <Comparisons
              condition={condition}
              catalogue={catalogue}
              disabled={denied !== null}
              problemOf={(place) =>
                ['value', 'op', 'field']
                  .map((of) => state.problems[`conditions.${index}.all.${place}.${of}`])
                  .find((problem) => problem !== undefined)
              }
              onChange={(next) => change(index, next)}
            />
          </div>
        ))}
      </div>
      {denied === null ? (
        <div>
          <Button variant="default" leftSection={<IconPlus />} onClick={add} disabled={chosen.length === 0}>
            Add a condition
          </Button>
        </div>
      ) : null}
      {conditions.length > 0 ? <ConditionsPreviewLine events={webhook.events} conditions={conditions} /> : null}
    </CardForm>
  );
}

interface ComparisonsProps {
  condition: TypedCondition;
  catalogue: EventTypeList;
  disabled: boolean;
  problemOf: (place: number) => string | undefined;
  onChange: (condition: TypedCondition | null) => void;
}

function Comparisons({ condition, catalogue, disabled, problemOf, onChange }: ComparisonsProps) {
  const event = catalogue.data.find(({ type }) => type === condition.event);
  if (!event) return null;
  const replace = (all: TypedCondition['all']) => onChange(all.length > 0 ? { ...condition, all } : null);
  return (
    <>
      {condition.all.map((comparison, place) => (
        <ComparisonRow
          key={place}
          comparison={comparison}
          event={event}
          word={place === 0 ? 'when' : 'and'}
          error={problemOf(place)}
          disabled={disabled}
          onChange={(next) => replace(condition.all.map((one, at) => (at === place ? next : one)))}
          onRemove={() => replace(condition.all.filter((_one, at) => at !== place))}
        />
      ))}
      {disabled ? null : (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => replace([...condition.all, ...emptyCondition(catalogue, condition.event).all])}
          >
            and…
          </Button>
        </div>
      )}
    </>
  );
}

/** Begins with what people ask for most: the new status, else the last field. */
function emptyCondition(catalogue: EventTypeList, event: string): TypedCondition {
  const names = catalogue.data.find(({ type }) => type === event)?.fields.map(({ name }) => name) ?? [];
  const field = names.find((name) => name.startsWith('new')) ?? names.find((name) => !name.endsWith('Id')) ?? names[0];
  return { event, all: [{ field: field ?? '', op: 'is', value: '' }] };
}
