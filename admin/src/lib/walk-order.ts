import { useEffect, useSyncExternalStore } from 'react';

/** The deliveries of the list on screen, in order: J and K walk through them in the drawer. */
export interface WalkOrder {
  ids: readonly string[];
  /** How many match, in words; null when it is just these. */
  total: string | null;
  /** Loads those after the last; null when there are none, or they are on their way. */
  more: (() => void) | null;
}

const NONE: WalkOrder = { ids: [], total: null, more: null };

let order = NONE;
const listeners = new Set<() => void>();

/** Called by the list; keep the object while nothing in it changes. */
export function usePublishedOrder(mine: WalkOrder): void {
  useEffect(() => {
    set(mine);
    return () => set(NONE);
  }, [mine]);
}

export function useWalkOrder(): WalkOrder {
  return useSyncExternalStore(subscribe, () => order);
}

function set(next: WalkOrder): void {
  order = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
