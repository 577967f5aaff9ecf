import type { EventTypeList } from '../../../../api/types';
import { isChosen, type Selection } from '../../../../lib/event-selection';
import type { FieldProblems } from '../../../../lib/field-problems';
import { IconPlus } from '../../../../ui/icons';
import { Button, NativeSelect } from '../../../../ui/kit';
import { ComparisonRow } from './comparison-row';
import { conditionsToSend, isComplete, type TypedCondition } from './condition-edits';
import { ConditionsPreviewLine } from './conditions-preview';
import { RemoveButton } from './remove-button';
import css from './conditions.module.css';

interface ConditionsEditorProps {
  catalogue: EventTypeList;
  /** What the webhook is subscribed to. */
  events: Selection;
  value: readonly TypedCondition[];
  onChange: (conditions: TypedCondition[]) => void;
  /** By the path of the API: `conditions.0.all.0.value`. */
  problems: FieldProblems;
  disabled?: boolean;
}

/** Edits which of the subscribed events are sent, and shows how many recent ones match. */
export function ConditionsEditor({
  catalogue,
  events,
  value,
  onChange,
  problems,
  disabled = false,
}: ConditionsEditorProps) {
  const chosen = catalogue.data.filter(({ type }) => isChosen(events, type));

  function change(index: number, next: TypedCondition | null): void {
    onChange(value.flatMap((one, at) => (at !== index ? [one] : next === null ? [] : [next])));
  }

  function add(): void {
    const event = chosen.find(({ type }) => type.endsWith('_changed')) ?? chosen[0];
    if (event) onChange([...value, emptyCondition(catalogue, event.type)]);
  }

  return (
    <>
      <p className={css.preview}>
        {value.length === 0
          ? 'All events are sent. Add a condition to send only some of them.'
          : 'An event with conditions is sent only when one of them is met. Other events are always sent.'}
      </p>
      <div className={css.list}>
        {value.map((condition, index) => (
          <div key={index} className={css.condition}>
            <div className={css.head}>
              <NativeSelect
                aria-label="Event"
                value={condition.event}
                disabled={disabled}
                onChange={(event) => change(index, emptyCondition(catalogue, event.currentTarget.value))}
                data={chosen.map(({ type, title }) => ({ value: type, label: title }))}
              />
              {disabled ? null : (
                <RemoveButton label={`Remove condition ${index + 1}`} onClick={() => change(index, null)} />
              )}
            </div>
            <Comparisons
              condition={condition}
              catalogue={catalogue}
              disabled={disabled}
              problemOf={(place) =>
                ['value', 'op', 'field']
                  .map((of) => problems[`conditions.${index}.all.${place}.${of}`])
                  .find((problem) => problem !== undefined)
              }
              onChange={(next) => change(index, next)}
            />
          </div>
        ))}
      </div>
      {disabled ? null : (
        <div>
          <Button variant="default" leftSection={<IconPlus />} onClick={add} disabled={chosen.length === 0}>
            Add a condition
          </Button>
        </div>
      )}
      {value.length > 0 && value.every(isComplete) ? (
        <ConditionsPreviewLine events={events} conditions={conditionsToSend(value, catalogue)} />
      ) : null}
    </>
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

/** Starts with the most common condition: the new status, else the last field. */
function emptyCondition(catalogue: EventTypeList, event: string): TypedCondition {
  const names = catalogue.data.find(({ type }) => type === event)?.fields.map(({ name }) => name) ?? [];
  const field = names.find((name) => name.startsWith('new')) ?? names.find((name) => !name.endsWith('Id')) ?? names[0];
  return { event, all: [{ field: field ?? '', op: 'is', value: '' }] };
}
