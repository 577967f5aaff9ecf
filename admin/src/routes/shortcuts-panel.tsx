import { Fragment, useState } from 'react';
import { rememberShortcuts, shortcutsOn } from '../lib/shortcuts';
import { Switch } from '../ui/kit';
import { Modal } from '../ui/modal';
import css from './shortcuts-panel.module.css';

/** Keys separated by spaces; `then` and `+` combine two. */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl + K', 'Search everything (⌘ K on a Mac)'],
  ['/', 'Search deliveries'],
  ['F', 'Go to the filters'],
  ['J K', 'Next or previous row; in an open delivery, the next or previous one'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close what is open'],
  ['R', 'Resend'],
  ['C', 'Copy the id'],
  ['T', 'Send test'],
  ['N', 'Add a webhook'],
  ['G then W', 'Webhooks'],
  ['G then D', 'Deliveries'],
  ['G then E', 'Events'],
  ['G then G', 'Guide'],
  ['Z', 'Undo, while it is offered'],
  ['L', 'Live updates on and off'],
  ['Shift + Space', 'Select all rows up to this one'],
  ['?', 'This list'],
];

const JOINERS: ReadonlySet<string> = new Set(['then', '+']);

export function ShortcutsPanel({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(shortcutsOn);
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      <dl className={css.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((word, index) => (
                <Fragment key={index}>{JOINERS.has(word) ? word : <kbd>{word}</kbd>} </Fragment>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label="Use single keys"
        aria-describedby="single-keys"
        checked={on}
        onChange={(event) => {
          rememberShortcuts(event.currentTarget.checked);
          setOn(event.currentTarget.checked);
        }}
      />
      <p id="single-keys" className={css.hint}>
        Turn this off if you use speech input. This list is also in the account menu.
      </p>
    </Modal>
  );
}
