import { useEffect, useState } from 'react';

/** When this goes away with the focus in it, the focus goes back to where it came from, or else to the heading. */
export function useFocusBack(): void {
  // In the first render the focus is still where it was.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const { activeElement } = document;
        if (activeElement !== null && activeElement !== document.body) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected) {
          before.focus({ preventScroll: true });
        }
        if (document.activeElement === document.body) document.querySelector('h1')?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
