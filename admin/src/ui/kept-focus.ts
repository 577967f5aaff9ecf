import { useEffect } from 'react';

/** Overlays that go away give the focus back themselves, which takes a few frames. */
const LATER_MS = 100;

/**
 * When the control that has the focus goes away or is disabled, the focus goes to what held it (a dialog, the page), or
 * else to the heading: the browser alone would begin again at the top of the document. Of what goes away only Chromium
 * tells; the accessibility spec looks at each screen there.
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
      }, LATER_MS);
    };
    document.addEventListener('focusout', onLeft);
    return () => document.removeEventListener('focusout', onLeft);
  }, []);
}
