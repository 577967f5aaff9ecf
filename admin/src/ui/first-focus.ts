import { type RefObject, useEffect, useRef } from 'react';

/** Focuses the heading of a screen outside the app's frame, unless the screen focuses a field. */
export function useFirstFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
