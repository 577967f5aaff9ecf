import { type RefObject, useEffect, useRef } from 'react';

/** For the heading of a screen outside the app's frame: it takes the focus, unless the screen gives it to a field. */
export function useFirstFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
