import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { IconSearch } from '../../ui/icons';
import { VisuallyHidden } from '../../ui/kit';
import { useFocusBack } from '../../ui/focus-back';
import { Modal } from '../../ui/modal';
import { GROUPS, type Entry } from './entries';
import { useEntries } from './use-entries';
import css from './palette.module.css';

const PAUSE_MS = 200;

interface PaletteProps {
  onClose: () => void;
  onShortcuts: () => void;
}

/** ⌘K: from anywhere to a webhook, a delivery, a page or an action, by a few letters. */
export function Palette({ onClose, onShortcuts }: PaletteProps) {
  useFocusBack();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const { entries, searching } = useEntries(typed, useLater(typed), onShortcuts);
  const list = useId();
  const chosen = Math.min(at, entries.length - 1);
  const optionId = (index: number) => `${list}-${index}`;

  function run(entry: Entry): void {
    onClose();
    entry.run();
  }

  function steer(event: KeyboardEvent): void {
    const next = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: entries.length - 1 }[event.key];
    const entry = entries[chosen];
    if (next !== undefined && !(typed !== '' && (event.key === 'Home' || event.key === 'End'))) {
      event.preventDefault();
      setAt((next + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter' && entry) {
      event.preventDefault();
      run(entry);
    }
  }

  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={640}
      yOffset="12dvh"
      transitionProps={{ duration: 0 }}
      classNames={{ content: css.box }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search">
        <div className={css.field}>
          <IconSearch size={18} />
          <input
            className={css.input}
            role="combobox"
            aria-label="Search webhooks, deliveries, pages and actions"
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={entries.length > 0 ? optionId(chosen) : undefined}
            aria-autocomplete="list"
            placeholder="Search or go to…"
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="go"
            data-autofocus
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={steer}
          />
          <kbd className={css.key}>Esc</kbd>
        </div>
        <div id={list} role="listbox" aria-label="Results" className={css.list} aria-busy={searching}>
          {GROUPS.filter((group) => entries.some((entry) => entry.group === group)).map((group) => (
            <div key={group} role="group" aria-labelledby={`${list} ${group}`}>
              <div id={`${list} ${group}`} className={css.group} role="presentation">
                {group}
              </div>
              {entries.map((entry, index) =>
                entry.group === group ? (
                  <Option
                    key={entry.id}
                    id={optionId(index)}
                    entry={entry}
                    chosen={index === chosen}
                    onPoint={() => setAt(index)}
                    onRun={() => run(entry)}
                  />
                ) : null,
              )}
            </div>
          ))}
        </div>
        {entries.length === 0 ? <p className={css.none}>Nothing matches.</p> : null}
        <VisuallyHidden role="status">{searching ? '' : `${entries.length} results`}</VisuallyHidden>
      </Modal.Content>
    </Modal.Root>
  );
}

interface OptionProps {
  id: string;
  entry: Entry;
  chosen: boolean;
  onPoint: () => void;
  onRun: () => void;
}

function Option({ id, entry, chosen, onPoint, onRun }: OptionProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <div
      ref={row}
      id={id}
      role="option"
      aria-selected={chosen}
      className={css.option}
      onPointerMove={chosen ? undefined : onPoint}
      // The field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onRun}
    >
      <span className={css.icon}>{entry.icon}</span>
      <span className={css.label}>{entry.label}</span>
      {entry.note ? <span className={css.note}>{entry.note}</span> : null}
    </div>
  );
}

/** The debounced value. */
function useLater(value: string): string {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}
