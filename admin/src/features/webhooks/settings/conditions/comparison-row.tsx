import type { EventType } from '../../../../api/types';
import { fieldName, OP_WORDS } from '../../../../lib/condition-words';
import { NativeSelect, TextInput } from '../../../../ui/kit';
import { RemoveButton } from './remove-button';
import { opsFor, takesValue, type Op, type TypedComparison } from './condition-edits';
import css from './conditions.module.css';

interface ComparisonRowProps {
  comparison: TypedComparison;
  event: EventType;
  /** The first one says "when", the others "and". */
  word: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (comparison: TypedComparison) => void;
  onRemove: () => void;
}

export function ComparisonRow({ comparison, event, word, error, disabled, onChange, onRemove }: ComparisonRowProps) {
  const { field, op, value } = comparison;
  const ops = opsFor(field, event.fields);
  return (
    <div className={css.comparison}>
      <span className={css.word}>{word}</span>
      <NativeSelect
        aria-label="Field"
        value={field}
        disabled={disabled}
        onChange={(change) => {
          const next = change.currentTarget.value;
          onChange({ field: next, op: opsFor(next, event.fields).includes(op) ? op : 'is', value });
        }}
        data={event.fields.map(({ name }) => ({ value: name, label: fieldName(name) }))}
      />
      <NativeSelect
        aria-label="Comparison"
        value={op}
        disabled={disabled}
        onChange={(change) => onChange({ ...comparison, op: change.currentTarget.value as Op })}
        data={ops.map((one) => ({ value: one, label: OP_WORDS[one] }))}
      />
      {takesValue(op) ? (
        <TextInput
          aria-label="Value"
          placeholder={op === 'one_of' ? 'shortlisted, hired' : String(exampleOf(event, field))}
          value={value}
          error={error}
          disabled={disabled}
          maxLength={200}
          onChange={(change) => onChange({ ...comparison, value: change.currentTarget.value })}
        />
      ) : null}
      {disabled ? null : <RemoveButton label={`Remove: ${fieldName(field)} ${OP_WORDS[op]}`} onClick={onRemove} />}
    </div>
  );
}

const exampleOf = (event: EventType, field: string) => event.fields.find(({ name }) => name === field)?.example ?? '';
