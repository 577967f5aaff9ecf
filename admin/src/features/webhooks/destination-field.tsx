import type { AddressedKind } from '../../api/types';
import { destinations, KINDS } from '../../lib/destinations';
import { SHEETS_SCRIPT } from '../../lib/sheets-script';
import { CopyButton } from '../../ui/copy-button';
import { Radio, RadioGroup } from '../../ui/kit';
import css from './destination-field.module.css';

interface DestinationFieldProps {
  value: AddressedKind;
  onChange: (kind: AddressedKind) => void;
}

/** Where events arrive, and for a tool how to get its address. */
export function DestinationField({ value, onChange }: DestinationFieldProps) {
  const { name, steps } = destinations[value];
  return (
    <div className={css.field}>
      <RadioGroup label="Where should it arrive?" value={value} onChange={(kind) => onChange(kind)}>
        <div className={css.tiles}>
          {KINDS.map((kind) => (
            <Radio key={kind} value={kind} label={destinations[kind].name} className={css.tile} />
          ))}
        </div>
      </RadioGroup>
      {steps.length > 0 ? (
        <ol className={css.steps} aria-label={`How to get the address from ${name}`}>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      ) : null}
      {value === 'google_sheets' ? (
        <div>
          <CopyButton label="Copy the script" text={SHEETS_SCRIPT} />
        </div>
      ) : null}
    </div>
  );
}
