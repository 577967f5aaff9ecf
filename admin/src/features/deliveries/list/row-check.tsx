import type { ChangeEvent } from 'react';
import css from './delivery-table.module.css';

interface RowCheckProps {
  checked: boolean;
  /** Some of the rows it represents are selected. */
  some?: boolean;
  label: string;
  onToggle: (through: boolean) => void;
}

/** A native check box: a thousand of the kit's would be five thousand elements. Shift selects the rows between. */
export function RowCheck({ checked, some = false, label, onToggle }: RowCheckProps) {
  return (
    // The label makes the target 36 px; its text is on the input.
    <label className={css.checkTarget} onMouseDown={(event) => (event.shiftKey ? event.preventDefault() : undefined)}>
      <input
        type="checkbox"
        aria-label={label}
        checked={checked}
        ref={(input) => {
          if (input) input.indeterminate = some && !checked;
        }}
        onChange={(event) => onToggle(withShift(event))}
      />
    </label>
  );
}

/** A check mark changes by a click, and the keyboard's click says Shift too. */
function withShift({ nativeEvent }: ChangeEvent): boolean {
  return nativeEvent instanceof MouseEvent && nativeEvent.shiftKey;
}
