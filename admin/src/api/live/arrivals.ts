import { useSyncExternalStore } from 'react';
import type { LiveDelivery } from './messages';

/** So many are kept one by one; of more, the newest. */
const MAX_ARRIVALS = 2_000;

export interface Arrival {
  delivery: LiveDelivery;
  /** Lists whose own filter the server has applied to it: some conditions cannot be judged from a message. */
  lists: readonly string[];
}

interface Arrivals {
  byId: ReadonlyMap<string, Arrival>;
  /** Older ones were let go: what is counted of them is the least there are. */
  more: boolean;
}

const NONE: Arrivals = { byId: new Map(), more: false };

let arrivals = NONE;
const listeners = new Set<() => void>();

/**
 * Deliveries that came or changed since the lists were read; each list counts those of them that it does not show yet.
 * @param list the list that the server counts them to, when it was asked for one.
 */
export function arrive(deliveries: readonly LiveDelivery[], list?: string): void {
  if (deliveries.length === 0) return;
  const byId = new Map(arrivals.byId);
  for (const delivery of deliveries) {
    const lists = byId.get(delivery.id)?.lists ?? [];
    // To the end: what is let go is what was silent for longest.
    byId.delete(delivery.id);
    byId.set(delivery.id, { delivery, lists: list === undefined || lists.includes(list) ? lists : [...lists, list] });
  }
  let { more } = arrivals;
  for (const id of byId.keys()) {
    if (byId.size <= MAX_ARRIVALS) break;
    byId.delete(id);
    more = true;
  }
  set({ byId, more });
}

export function forgetArrivals(): void {
  if (arrivals !== NONE) set(NONE);
}

export function useArrivals(): Arrivals {
  return useSyncExternalStore(subscribe, () => arrivals);
}

function set(next: Arrivals): void {
  arrivals = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
