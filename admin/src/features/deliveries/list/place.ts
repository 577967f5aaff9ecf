import { useRouterState } from '@tanstack/react-router';
import type { VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { serverNow } from '../../../lib/server-clock';

/** Where a reader was in a list, by entry of the browser's history: Back shows it as it was left. */
export interface Place {
  /** What "the last 24 hours" ended with: the same list, not a newer one. */
  now: number;
  y: number;
  heights: VirtualItem[];
}

const MOST = 20;
const places = new Map<string, Place>();

/** How long the page may take until it is high enough to be scrolled there. */
const PATIENCE_MS = 1_000;

/**
 * The place of this entry of the history, kept up to date while the list is shown.
 * @param key the filter: another one begins at the top, now.
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
  // Ends before the next screen is laid out: a shorter one moves the window.
  useLayoutEffect(() => {
    places.delete(entry);
    places.set(entry, place);
    for (const old of [...places.keys()].slice(0, -MOST)) places.delete(old);
    const follow = () => (place.y = globalThis.scrollY);
    globalThis.addEventListener('scroll', follow, { passive: true });
    return () => globalThis.removeEventListener('scroll', follow);
  }, [entry, place]);
  return { place, cameBack };
}

/** Scrolls to where the reader was, once there is that much to scroll; unless they scroll meanwhile. */
export function useReturn({ y }: Place, cameBack: boolean): void {
  const [target] = useState(cameBack ? y : 0);
  useEffect(() => {
    if (target === 0) return undefined;
    const until = performance.now() + PATIENCE_MS;
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
