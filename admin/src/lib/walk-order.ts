import { useEffect } from 'react';
import { Store, useStore } from './store';

/** The deliveries of the list on screen, in order: J and K walk through them in the drawer. */
export interface WalkOrder {
  ids: readonly string[];
  /** How many match, in words; null when it is just these. */
  total: string | null;
  /** Loads more after the last; null if there are none or they are being loaded. */
  more: (() => void) | null;
}

const NONE: WalkOrder = { ids: [], total: null, more: null };

const order = new Store(NONE);

/** Called by the list; keep the object while nothing in it changes. */
export function usePublishedOrder(mine: WalkOrder): void {
  useEffect(() => {
    order.set(mine);
    return () => order.set(NONE);
  }, [mine]);
}

export function useWalkOrder(): WalkOrder {
  return useStore(order);
}
