import type { FocusEvent, KeyboardEvent } from 'react';
import { JsonView } from 'react-json-view-lite';
import css from './json-tree.module.css';

/** Our classes instead of the library's style sheet, whose colours are too pale in one theme or the other. */
const STYLE = {
  container: css.tree!,
  basicChildStyle: css.item!,
  childFieldsContainer: css.items!,
  label: css.key!,
  clickableLabel: css.key!,
  stringValue: css.string!,
  numberValue: css.number!,
  booleanValue: css.word!,
  nullValue: css.word!,
  undefinedValue: css.word!,
  otherValue: css.word!,
  punctuation: css.punctuation!,
  expandIcon: css.unfold!,
  collapseIcon: css.fold!,
  collapsedContent: css.folded!,
  ariaLables: { collapseJson: 'Fold', expandJson: 'Unfold' },
  // Escaped as in JSON, so that a string can neither break the line nor look like syntax.
  stringifyStringValues: true,
};

/** The message, its `data` and their values are open at first; deeper levels are folded. */
const openAtFirst = (level: number) => level < 3;

interface JsonTreeProps {
  /** Its keys are written as in JSON, quotes included. */
  tree: object;
  label: string;
}

/** JSON that can be folded. It is one tab stop; arrow keys move and fold, as in any tree. */
export function JsonTree({ tree, label }: JsonTreeProps) {
  return (
    <div className={css.frame} onKeyDownCapture={steer} onFocus={name}>
      <JsonView aria-label={label} data={tree} style={STYLE} shouldExpandNode={openAtFirst} clickToExpandNode />
    </div>
  );
}

const BUTTON = '[role="button"]';

/** Keys that the tree library does not handle: into and out of a branch, to the ends, pressing a button. */
function steer(event: KeyboardEvent<HTMLElement>): void {
  const button = (event.target as HTMLElement).closest<HTMLElement>(BUTTON);
  if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
  const item = button.parentElement;
  const isOpen = button.getAttribute('aria-expanded') === 'true';
  if (event.key === 'Enter' || event.key === ' ') button.click();
  else if (event.key === 'ArrowRight' && isOpen) go(button, item?.querySelector(`[role="group"] ${BUTTON}`));
  else if (event.key === 'ArrowLeft' && !isOpen)
    go(button, item?.parentElement?.closest('[role="treeitem"]')?.querySelector(BUTTON));
  else if (event.key === 'Home') go(button, event.currentTarget.querySelector(BUTTON));
  else if (event.key === 'End') go(button, Array.from(event.currentTarget.querySelectorAll(BUTTON)).at(-1));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Moves the focus and the tab stop. */
function go(from: HTMLElement, to: Element | null | undefined): void {
  if (!(to instanceof HTMLElement)) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

let named = 0;

/** The library gives every button the same label; the key beside it and the open state make it unique. */
function name({ target }: FocusEvent<HTMLElement>): void {
  const key = target.nextElementSibling;
  if (!target.matches(BUTTON) || !key?.classList.contains(css.key!)) return;
  key.id ||= `json-key-${(named += 1)}`;
  target.setAttribute('aria-labelledby', key.id);
}
