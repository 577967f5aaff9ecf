import { useEffect } from 'react';

/**
 * Single keys for what is on screen. A control says its own key with `aria-keyshortcuts`, which screen readers announce too;
 * the key then presses it (or moves into it, when it is a field). Rows that J and K walk carry `data-row`.
 */

const REMEMBERED = 'bpoc-shortcuts';

/** How long after G the second key may come. */
const GO_MS = 1_500;

export type Tab = 'webhooks' | 'deliveries' | 'guide';

const TABS: Partial<Record<string, Tab>> = { w: 'webhooks', d: 'deliveries', g: 'guide' };

/** Single keys get in the way of speech input, so they can be switched off (WCAG 2.1.4). */
export function shortcutsOn(): boolean {
  return localStorage.getItem(REMEMBERED) !== 'off';
}

export function rememberShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(REMEMBERED);
  else localStorage.setItem(REMEMBERED, 'off');
}

interface Handlers {
  onGo: (tab: Tab) => void;
  onHelp: () => void;
}

export function useShortcuts({ onGo, onHelp }: Handlers): void {
  useEffect(() => {
    let goUntil = 0;
    function listen(event: KeyboardEvent): void {
      if (!shortcutsOn() || isForSomethingElse(event)) return;
      const key = event.key.toLowerCase();
      const tab = Date.now() < goUntil ? TABS[key] : undefined;
      goUntil = 0;
      const modal = openDialog();
      if (modal !== null) {
        if (press(key, modal)) event.preventDefault();
        return;
      }
      if (tab) onGo(tab);
      else if (key === 'g') goUntil = Date.now() + GO_MS;
      else if (key === '?') onHelp();
      else if (!walk(key) && !press(key, document.body)) return;
      event.preventDefault();
    }
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onGo, onHelp]);
}

/** The person types, or means the browser; menus and tabs have keys of their own. A switch or a check-box takes no letters. */
function isForSomethingElse(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    event.defaultPrevented ||
    event.repeat ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (target instanceof Element &&
      target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], [role="menu"]') !== null)
  );
}

/** A dialog that is open covers the rest: its keys alone count. */
function openDialog(): HTMLElement | null {
  return Array.from(document.querySelectorAll<HTMLElement>('[role="dialog"]')).at(-1) ?? null;
}

/** J and K go to the next and the row before; the arrows too, once one is in the list. */
function walk(key: string): boolean {
  const rows = Array.from(document.querySelectorAll<HTMLElement>('[data-row]'));
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const arrow = key === 'arrowdown' || key === 'arrowup';
  const down = key === 'j' || key === 'arrowdown';
  if (rows.length === 0 || !(arrow ? here >= 0 : key === 'j' || key === 'k')) return false;
  const next = rows[Math.min(rows.length - 1, Math.max(0, here + (down ? 1 : -1)))];
  next?.querySelector<HTMLElement>('a')?.focus();
  return true;
}

/** Presses the control of the row one is in, else the first one of the screen. Nothing happens to one that may not be used. */
function press(key: string, scope: HTMLElement): boolean {
  if (!/^[a-z/]$/.test(key)) return false;
  const selector = `[aria-keyshortcuts="${key.toUpperCase()}"]`;
  const row = document.activeElement?.closest<HTMLElement>('[data-row]');
  const control =
    row?.querySelector<HTMLElement>(selector) ?? scope.querySelector<HTMLElement>(`${selector}:not([data-row] *)`);
  if (!control || control.getAttribute('aria-disabled') === 'true') return false;
  if (control.matches('input, select')) control.focus();
  else control.click();
  return true;
}
