import { useRouterState } from '@tanstack/react-router';
import type { VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { serverNow } from '../../../lib/server-clock';

/** A reader's position in a list, stored per history entry so that Back shows the list as it was left. */
export interface Place {
  /** The end of "the last 24 hours", so that the same list is shown. */
  now: number;
  y: number;
  heights: VirtualItem[];
}

const MAX_PLACES = 20;
const places = new Map<string, Place>();

/** How long to wait for the page to be high enough to scroll to the position. */
const SCROLL_TIMEOUT_MS = 1_000;

/**
 * The position of this history entry, kept up to date while the list is shown.
 * @param key the filter; another one starts at the top, with the current time.
 */
export function usePlace(key: string): { place: Place; cameBack: boolean } {
  const entry = useRouterState({ select: ({ location }) => location.state.__TSR_key ?? '' });
  const [came] = useState(() => ({ key, place: places.get(entry) }));
  const cameBack = came.place !== undefined && came.key === key;
  const place = useMemo<Place>(
    () => (cameBack ? came.place! : { now: serverNow(), y: 0, heights: [] }),
    // oxlint-disable-next-line react/exhaustive-deps -- a new filter is a new place
    [came, cameBack, key],
  );
  // Stops before the next screen is laid out, because a shorter one scrolls the window.
  useLayoutEffect(() => {
    places.delete(entry);
    places.set(entry, place);
    for (const old of [...places.keys()].slice(0, -MAX_PLACES)) places.delete(old);
    const follow = () => (place.y = globalThis.scrollY);
    globalThis.addEventListener('scroll', follow, { passive: true });
    return () => globalThis.removeEventListener('scroll', follow);
  }, [entry, place]);
  return { place, cameBack };
}

/** Scrolls to the stored position once the page is high enough, unless the reader scrolls first. */
export function useRestoredScroll({ y }: Place, cameBack: boolean): void {
  const [target] = useState(cameBack ? y : 0);
  useEffect(() => {
    if (target === 0) return undefined;
    const until = performance.now() + SCROLL_TIMEOUT_MS;
    let frame = requestAnimationFrame(step);
    function step(): void {
      globalThis.scrollTo({ top: target });
      if (performance.now() < until) frame = requestAnimationFrame(step);
    }
    const stop = () => cancelAnimationFrame(frame);
    const byHand = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const;
    for (const name of byHand) globalThis.addEventListener(name, stop, { passive: true, once: true });
    return () => {
      stop();
      for (const name of byHand) globalThis.removeEventListener(name, stop);
    };
  }, [target]);
}
