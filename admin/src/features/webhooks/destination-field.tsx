import type { AddressedKind } from '../../api/types';
import { destinations, KINDS } from '../../lib/destinations';
import { SHEETS_SCRIPT } from '../../lib/sheets-script';
import { CopyButton } from '../../ui/copy-button';
import { Radio, RadioGroup } from '../../ui/kit';
import css from './destination-field.module.css';

/** A tile: a kind of webhook, or a test inbox. */
export type Place = AddressedKind | 'inbox';

interface DestinationFieldProps {
  value: Place;
  onChange: (place: Place) => void;
}

const TILES: readonly (readonly [Place, string])[] = [
  ...KINDS.map((kind) => [kind, destinations[kind].name] as const),
  ['inbox', 'Test inbox'],
];

/** Selects where events arrive, and explains how to get the address of a tool. */
export function DestinationField({ value, onChange }: DestinationFieldProps) {
  return (
    <div className={css.field}>
      <RadioGroup label="Where should it arrive?" value={value} onChange={(place) => onChange(place)}>
        <div className={css.tiles}>
          {TILES.map(([place, name]) => (
            <Radio key={place} size="xs" value={place} label={name} className={css.tile} />
          ))}
        </div>
      </RadioGroup>
      {value === 'inbox' ? null : <Steps kind={value} />}
    </div>
  );
}

function Steps({ kind }: { kind: AddressedKind }) {
  const { name, steps } = destinations[kind];
  if (steps.length === 0) return null;
  return (
    <>
      <ol className={css.steps} aria-label={`How to get the address from ${name}`}>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {kind === 'google_sheets' ? (
        <div>
          <CopyButton label="Copy the script" text={SHEETS_SCRIPT} />
        </div>
      ) : null}
    </>
  );
}
