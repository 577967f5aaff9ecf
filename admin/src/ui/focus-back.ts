import { useEffect, useRef, useState } from 'react';

/**
 * When this is removed while it has the focus, the focus goes back: to where `first` puts it, else to where it came
 * from, else to the heading.
 */
export function useFocusBack(first: () => boolean = () => false): void {
  // In the first render the focus is still where it was.
  const [before] = useState(() => document.activeElement);
  const latest = useRef(first);
  latest.current = first;
  useEffect(
    () => () => {
      setTimeout(() => {
        const { activeElement } = document;
        if ((activeElement !== null && activeElement !== document.body) || latest.current()) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected) {
          before.focus({ preventScroll: true });
        }
        if (document.activeElement === document.body) document.querySelector('h1')?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
