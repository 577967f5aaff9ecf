import type { ChangeEvent } from 'react';
import css from './delivery-table.module.css';

interface RowCheckProps {
  checked: boolean;
  /** Some, but not all, of its rows are selected. */
  some?: boolean;
  label: string;
  onToggle: (through: boolean) => void;
}

/** A native check box, because the kit's has five elements each. Shift selects the rows in between. */
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

/** Check boxes change by a click event, which has the Shift key also for the keyboard. */
function withShift({ nativeEvent }: ChangeEvent): boolean {
  return nativeEvent instanceof MouseEvent && nativeEvent.shiftKey;
}
