import { useSyncExternalStore } from 'react';
import type { LiveDelivery } from './messages';

/** The most items kept; older ones are dropped. */
const MAX_UNSEEN = 2_000;

export interface UnseenItem {
  delivery: LiveDelivery;
  /** Lists whose own filter the server has applied to it: some conditions cannot be judged from a message. */
  lists: readonly string[];
}

interface UnseenItems {
  byId: ReadonlyMap<string, UnseenItem>;
  /** Older ones were dropped: their count is a lower bound. */
  more: boolean;
}

let unseen = { byId: new Map<string, UnseenItem>(), more: false };
const listeners = new Set<() => void>();

/**
 * Deliveries that came or changed since the lists were read; each list counts those it does not show yet.
 * @param list the list that the server counts them to, when it was asked for one.
 */
export function addUnseen(deliveries: readonly LiveDelivery[], list?: string): void {
  if (deliveries.length === 0) return;
  // Changed in place: a copy for each message would be of up to 2,000 items. What is replaced is the object around it.
  const { byId } = unseen;
  for (const delivery of deliveries) {
    const lists = byId.get(delivery.id)?.lists ?? [];
    // Moved to the end: the items dropped first are those unchanged for longest.
    byId.delete(delivery.id);
    byId.set(delivery.id, { delivery, lists: list === undefined || lists.includes(list) ? lists : [...lists, list] });
  }
  let { more } = unseen;
  for (const id of byId.keys()) {
    if (byId.size <= MAX_UNSEEN) break;
    byId.delete(id);
    more = true;
  }
  set({ byId, more });
}

export function clearUnseen(): void {
  if (unseen.byId.size > 0) set({ byId: new Map(), more: false });
}

export function useUnseenItems(): UnseenItems {
  return useSyncExternalStore(subscribe, () => unseen);
}

function set(next: typeof unseen): void {
  unseen = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
