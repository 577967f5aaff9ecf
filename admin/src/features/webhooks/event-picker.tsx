import { useId, useState } from 'react';
import type { EventTypeList } from '../../api/types';
import {
  covers,
  describeSelection,
  EVERYTHING,
  groupState,
  isChosen,
  singular,
  toggleEverything,
  toggleGroup,
  toggleType,
  type Selection,
  type SelectionChange,
} from '../../lib/event-selection';
import { IconDown } from '../../ui/icons';
import { Checkbox, UnstyledButton, VisuallyHidden } from '../../ui/kit';
import css from './event-picker.module.css';

interface EventPickerProps {
  catalogue: EventTypeList;
  value: Selection;
  onChange: (selection: Selection) => void;
  error?: string | undefined;
  disabled?: boolean;
  /** The heading above says it already. */
  legendHidden?: boolean;
}

/** What to send: everything, whole groups (and what comes to them later) or single kinds of event. */
export function EventPicker({
  catalogue,
  value,
  onChange,
  error,
  disabled = false,
  legendHidden = false,
}: EventPickerProps) {
  const [narrowed, setNarrowed] = useState<string | null>(null);
  const errorId = useId();

  function take(change: SelectionChange): void {
    setNarrowed(change.narrowed);
    onChange(change.selection);
  }

  const narrowedGroup = catalogue.groups.find((group) => group.pattern === narrowed);
  return (
    <fieldset className={css.picker} disabled={disabled} aria-describedby={error ? errorId : undefined}>
      <legend className={css.legend} data-hidden={legendHidden || undefined}>
        What should we send?
      </legend>
      <div className={css.box} data-error={error !== undefined || undefined}>
        <div className={css.everything}>
          <Checkbox
            label="Everything, now and in the future"
            checked={value.includes(EVERYTHING)}
            onChange={() => take(toggleEverything(value))}
          />
        </div>
        {catalogue.groups.map((group) => (
          <Group key={group.pattern} group={group} catalogue={catalogue} value={value} onChange={take} />
        ))}
      </div>
      <div aria-live="polite" className={css.foot}>
        {error ? (
          <p id={errorId} className={css.error}>
            {error}
          </p>
        ) : (
          <p>Chosen: {describeSelection(value, catalogue)}</p>
        )}
        {narrowedGroup ? (
          <p className={css.note}>
            New kinds of {singular(narrowedGroup.title)} event will no longer be added by themselves.
          </p>
        ) : null}
      </div>
    </fieldset>
  );
}

interface GroupProps {
  group: EventTypeList['groups'][number];
  catalogue: EventTypeList;
  value: Selection;
  onChange: (change: SelectionChange) => void;
}

function Group({ group, catalogue, value, onChange }: GroupProps) {
  const entries = catalogue.data.filter((entry) => covers(group.pattern, entry.type));
  const state = groupState(
    value,
    group.pattern,
    entries.map((entry) => entry.type),
  );
  const [open, setOpen] = useState(state === 'some');
  const listId = useId();
  return (
    <div className={css.group}>
      <div className={css.groupHead}>
        <Checkbox
          label={group.title}
          checked={state === 'all_and_future'}
          indeterminate={state === 'some'}
          onChange={() => onChange(toggleGroup(value, group.pattern, catalogue))}
        />
        <span className={css.hint}>{state === 'all_and_future' ? 'all, and future ones' : null}</span>
        <UnstyledButton className={css.more} aria-expanded={open} aria-controls={listId} onClick={() => setOpen(!open)}>
          <VisuallyHidden>
            {open ? 'Hide' : 'Show'} the kinds of event in {group.title}:{' '}
          </VisuallyHidden>
          {entries.length}
          <IconDown />
        </UnstyledButton>
      </div>
      <ul id={listId} className={css.types} hidden={!open}>
        {entries.map((entry) => (
          <li key={entry.type} className={css.type}>
            <Checkbox
              label={entry.title}
              checked={isChosen(value, entry.type)}
              onChange={() => onChange(toggleType(value, entry.type, catalogue))}
            />
            <code className={css.code}>{entry.type}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
