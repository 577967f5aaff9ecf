import { useEffect } from 'react';

/**
 * Single-key shortcuts. A control declares its key with `aria-keyshortcuts`, which screen readers announce too; the key
 * presses it (or focuses it, when it is a field). Rows that J and K walk through have `data-row`.
 */

const REMEMBERED = 'bpoc-shortcuts';

/** How long after G the second key may come. */
const GO_MS = 1_500;

export type Tab = 'webhooks' | 'deliveries' | 'events' | 'guide';

const TABS: Partial<Record<string, Tab>> = { w: 'webhooks', d: 'deliveries', e: 'events', g: 'guide' };

/** Single-key shortcuts interfere with speech input, so they can be switched off (WCAG 2.1.4). */
export function shortcutsOn(): boolean {
  return localStorage.getItem(REMEMBERED) !== 'off';
}

export function rememberShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(REMEMBERED);
  else localStorage.setItem(REMEMBERED, 'off');
}

const STEPS: Partial<Record<string, 'J' | 'K'>> = { j: 'J', arrowdown: 'J', k: 'K', arrowup: 'K' };

interface Handlers {
  onGo: (tab: Tab) => void;
  onHelp: () => void;
  /** C on a row: its id. */
  onCopy: (id: string) => void;
}

export function useShortcuts({ onGo, onHelp, onCopy }: Handlers): void {
  useEffect(() => {
    let goUntil = 0;
    function listen(event: KeyboardEvent): void {
      if (!shortcutsOn() || isForSomethingElse(event)) return;
      const key = event.key.toLowerCase();
      const tab = Date.now() < goUntil ? TABS[key] : undefined;
      goUntil = 0;
      const modal = openDialog();
      if (modal !== null) {
        if (turn(key, modal) || press(key, modal)) event.preventDefault();
        return;
      }
      const rowId = key === 'c' ? rowHere()?.dataset['id'] : undefined;
      if (tab) onGo(tab);
      else if (key === 'g') goUntil = Date.now() + GO_MS;
      else if (key === '?') onHelp();
      else if (rowId) onCopy(rowId);
      else if (!turn(key, document.body) && !walk(key) && !press(key, document.body)) return;
      event.preventDefault();
    }
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onGo, onHelp, onCopy]);
}

/** The key is meant for an input or the browser. Menus and tabs have their own keys. */
function isForSomethingElse(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    event.defaultPrevented ||
    // When held down, only keys that move between rows repeat.
    (event.repeat && STEPS[event.key.toLowerCase()] === undefined) ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    (target instanceof Element &&
      target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], [role="menu"]') !== null)
  );
}

/** An open dialog covers the rest, so only its keys count. */
function openDialog(): HTMLElement | null {
  return Array.from(document.querySelectorAll<HTMLElement>('[role="dialog"]')).at(-1) ?? null;
}

function rowHere(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-row]') ?? null;
}

/** With a delivery open, J and K open the next and previous one. Arrows scroll, except on its title or the list. */
function turn(key: string, scope: HTMLElement): boolean {
  const step = STEPS[key];
  const pager = scope.querySelector<HTMLElement>('[data-pager]');
  if (!step || !pager) return false;
  if (key.startsWith('arrow') && !document.activeElement?.closest('[data-row], [data-pager], [data-pager-title]')) {
    return false;
  }
  const button = pager.querySelector<HTMLElement>(`[aria-keyshortcuts="${step}"]`);
  if (button?.getAttribute('aria-disabled') !== 'true') button?.click();
  return true;
}

/** J and K go to the next and the row before; the arrows too, once one is in the list. */
function walk(key: string): boolean {
  const step = STEPS[key];
  const rows = Array.from(document.querySelectorAll<HTMLElement>('[data-row]'));
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  if (!step || rows.length === 0 || (key.startsWith('arrow') && here < 0)) return false;
  const next = rows[Math.min(rows.length - 1, Math.max(0, here + (step === 'J' ? 1 : -1)))];
  next?.querySelector<HTMLElement>('a')?.focus();
  return true;
}

/** Presses the control of the focused row, else the first one on screen. A disabled control does nothing. */
function press(key: string, scope: HTMLElement): boolean {
  if (!/^[a-z/]$/.test(key)) return false;
  const selector = `[aria-keyshortcuts="${key.toUpperCase()}"]`;
  const control =
    rowHere()?.querySelector<HTMLElement>(selector) ??
    scope.querySelector<HTMLElement>(`${selector}:not([data-row] *)`);
  if (!control || control.getAttribute('aria-disabled') === 'true') return false;
  if (control.matches('input, select')) control.focus();
  else control.click();
  return true;
}
