import { useId, useState } from 'react';
import type { EventType, EventTypeList } from '../../api/types';
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
import { useFreshError } from '../../ui/fields/fresh-error';
import { CodeBlock } from '../../ui/code-block';
import { IconDown, IconSearch } from '../../ui/icons';
import { Checkbox, TextInput, UnstyledButton, VisuallyHidden } from '../../ui/kit';
import css from './event-picker.module.css';

interface EventPickerProps {
  catalogue: EventTypeList;
  value: Selection;
  onChange: (selection: Selection) => void;
  error?: string | undefined;
  disabled?: boolean;
  /** The heading above already has the label. */
  legendHidden?: boolean;
}

/** Selects what to send: everything, whole groups (including types added later) or single types. */
export function EventPicker({
  catalogue,
  value,
  onChange,
  error: problem,
  disabled = false,
  legendHidden = false,
}: EventPickerProps) {
  const { error, edited } = useFreshError(problem);
  const [narrowed, setNarrowed] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const errorId = `${useId()}-error`;

  function take(change: SelectionChange): void {
    setNarrowed(change.narrowed);
    edited();
    onChange(change.selection);
  }

  const search = typed.trim().toLowerCase();
  const found = catalogue.data.filter(({ type, title }) => `${type} ${title}`.toLowerCase().includes(search));
  const narrowedGroup = catalogue.groups.find((group) => group.pattern === narrowed);
  return (
    <fieldset className={css.picker} aria-describedby={error ? errorId : undefined}>
      <legend className={css.legend} data-hidden={legendHidden || undefined}>
        What should we send?
      </legend>
      <div className={css.box} data-error={error !== undefined || undefined}>
        <TextInput
          aria-label="Search events"
          placeholder="Search events"
          type="search"
          variant="unstyled"
          className={css.search}
          leftSection={<IconSearch />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {search === '' ? (
          <div className={css.everything}>
            <Checkbox
              label="All events, including new ones"
              checked={value.includes(EVERYTHING)}
              disabled={disabled}
              onChange={() => take(toggleEverything(value))}
            />
          </div>
        ) : null}
        {catalogue.groups.map((group) => (
          <Group
            // Remounted by a search, so that ending it shows the groups as they were initially.
            key={`${group.pattern} ${search === ''}`}
            group={group}
            found={found.filter((entry) => covers(group.pattern, entry.type))}
            searching={search !== ''}
            catalogue={catalogue}
            value={value}
            disabled={disabled}
            onChange={take}
          />
        ))}
        {found.length === 0 ? <p className={css.none}>Nothing matches. Try a shorter word.</p> : null}
      </div>
      <div aria-live="polite" className={css.foot}>
        {error ? (
          <p id={errorId} className={css.error}>
            {error}
          </p>
        ) : (
          <p>{value.length === 0 ? 'Nothing selected' : `Selected: ${describeSelection(value, catalogue)}`}</p>
        )}
        {narrowedGroup ? (
          <p className={css.note}>
            New kinds of {singular(narrowedGroup.title)} event will no longer be added automatically.
          </p>
        ) : null}
      </div>
    </fieldset>
  );
}

interface GroupProps {
  group: EventTypeList['groups'][number];
  /** Its event types that match the search. */
  found: readonly EventType[];
  searching: boolean;
  catalogue: EventTypeList;
  value: Selection;
  disabled: boolean;
  onChange: (change: SelectionChange) => void;
}

function Group({ group, found, searching, catalogue, value, disabled, onChange }: GroupProps) {
  const all = catalogue.data.filter((entry) => covers(group.pattern, entry.type)).map((entry) => entry.type);
  const state = groupState(value, group.pattern, all);
  const [open, setOpen] = useState(searching || state === 'some');
  const listId = useId();
  if (found.length === 0) return null;
  return (
    <div className={css.group}>
      <div className={css.groupHead}>
        <Checkbox
          label={group.title}
          checked={state === 'all_and_future'}
          indeterminate={state === 'some'}
          disabled={disabled}
          onChange={() => onChange(toggleGroup(value, group.pattern, catalogue))}
        />
        <span className={css.hint}>{state === 'all_and_future' ? 'all, and future ones' : null}</span>
        <UnstyledButton className={css.more} aria-expanded={open} aria-controls={listId} onClick={() => setOpen(!open)}>
          <VisuallyHidden>
            {open ? 'Hide' : 'Show'} the event types in {group.title}:{' '}
          </VisuallyHidden>
          {found.length}
          <IconDown />
        </UnstyledButton>
      </div>
      <ul id={listId} className={css.types} hidden={!open}>
        {found.map((entry) => (
          <Type
            key={entry.type}
            entry={entry}
            checked={isChosen(value, entry.type)}
            disabled={disabled}
            onToggle={() => onChange(toggleType(value, entry.type, catalogue))}
          />
        ))}
      </ul>
    </div>
  );
}

interface TypeProps {
  entry: EventType;
  checked: boolean;
  disabled: boolean;
  onToggle: () => void;
}

/** One event type and its example message, shown in place so that the form is not left. */
function Type({ entry, checked, disabled, onToggle }: TypeProps) {
  const [shown, setShown] = useState(false);
  return (
    <li className={css.type}>
      <Checkbox label={entry.title} checked={checked} disabled={disabled} onChange={onToggle} />
      <span className={css.about}>
        <code className={css.code}>{entry.type}</code>
        <UnstyledButton
          className={css.example}
          aria-expanded={shown}
          aria-label={`${shown ? 'hide' : 'see'} example: ${entry.title}`}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'hide example' : 'see example'}
        </UnstyledButton>
      </span>
      {shown ? (
        <div className={css.message}>
          <CodeBlock
            label={`Example: ${entry.title}`}
            json
            text={JSON.stringify(entry.example, null, 2)}
            maxHeight={240}
          />
        </div>
      ) : null}
    </li>
  );
}
