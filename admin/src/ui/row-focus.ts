import { useEffect, useRef, type FocusEvent } from 'react';

const CONTROLS = 'a[href], button';

interface Place {
  element: Element;
  key: string;
  row: number;
  control: number;
}

/**
 * When the focused control disappears with its row (revoked, removed, deleted), the focus moves to the same control of
 * the next row, else of the previous one. If only the control disappears, it moves to another control of the row. If
 * there is none, it moves to the heading of the screen.
 * @param keys of the rows in their order; each row is an element `selector` inside the list.
 */
export function useRowFocus<List extends HTMLElement>(keys: readonly string[], selector: string) {
  const list = useRef<List>(null);
  const place = useRef<Place | null>(null);

  // After every change, because a control may disappear while all rows stay.
  useEffect(() => {
    const last = place.current;
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (last === null || !lost || last.element.isConnected) return;
    place.current = null;
    const rows = list.current?.querySelectorAll(selector) ?? [];
    const own = keys.indexOf(last.key);
    const row = rows[own >= 0 ? own : Math.min(last.row, rows.length - 1)];
    const controls = row?.querySelectorAll<HTMLElement>(CONTROLS) ?? [];
    const next = controls[Math.min(last.control, controls.length - 1)] ?? document.querySelector('h1');
    // The position may be out of view by now; do not scroll there.
    next?.focus({ preventScroll: true });
  });

  /** Ignores dialogs opened by a row, which are its children only in React. */
  function onFocus({ target }: FocusEvent): void {
    const row = target.closest(selector);
    if (row === null || !list.current?.contains(row)) return;
    const index = [...list.current.querySelectorAll(selector)].indexOf(row);
    const control = [...row.querySelectorAll(CONTROLS)].findIndex((one) => one.contains(target));
    place.current = { element: target, key: keys[index] ?? '', row: index, control: Math.max(0, control) };
  }

  return { ref: list, onFocus };
}
