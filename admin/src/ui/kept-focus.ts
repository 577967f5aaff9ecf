import { useEffect } from 'react';

/** Overlays return the focus themselves when they close, which takes a few frames. */
const RESTORE_DELAY_MS = 100;

/**
 * When the focused control is removed or disabled, moves the focus to its container (a dialog, the page) or else to the
 * heading; by default the browser would start again at the top of the document. Only Chromium reports removed elements.
 * Handlers in each form would have to be repeated in every new one.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    const onLeft = ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null || !(target instanceof HTMLElement)) return;
      const around: HTMLElement[] = [];
      for (let at = target.parentElement; at; at = at.parentElement)
        if (at.tabIndex === -1 && at.hasAttribute('tabindex')) around.push(at);
      setTimeout(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (!isLost || (target.isConnected && !target.matches(':disabled'))) return;
        const home = around.find((element) => element.isConnected) ?? document.querySelector('h1');
        home?.focus({ preventScroll: true });
      }, RESTORE_DELAY_MS);
    };
    document.addEventListener('focusout', onLeft);
    return () => document.removeEventListener('focusout', onLeft);
  }, []);
}
