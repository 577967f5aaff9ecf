import { Store, useStore } from '../../lib/store';
import type { LiveDelivery } from './messages';

/** How many items are kept; older ones are dropped. */
const MAX_UNSEEN = 2_000;

export interface UnseenItem {
  delivery: LiveDelivery;
  /** Lists whose filter the server applied to it, because some conditions cannot be evaluated from a message. */
  lists: readonly string[];
}

interface UnseenItems {
  byId: ReadonlyMap<string, UnseenItem>;
  /** Older ones were dropped: their count is a lower bound. */
  more: boolean;
}

const none = () => ({ byId: new Map<string, UnseenItem>(), more: false });

const unseen = new Store(none());

/**
 * Adds deliveries that came or changed since the lists were read; each list counts those it does not show yet.
 * @param list the list for which the server returned them, if it was asked for one.
 */
export function addUnseen(deliveries: readonly LiveDelivery[], list?: string): void {
  if (deliveries.length === 0) return;
  // Changed in place, because a copy would have up to 2,000 items; only the object around it is replaced.
  const { byId } = unseen.get();
  for (const delivery of deliveries) {
    const lists = byId.get(delivery.id)?.lists ?? [];
    // Moved to the end, so that those unchanged for longest are dropped first.
    byId.delete(delivery.id);
    byId.set(delivery.id, { delivery, lists: list === undefined || lists.includes(list) ? lists : [...lists, list] });
  }
  let { more } = unseen.get();
  for (const id of byId.keys()) {
    if (byId.size <= MAX_UNSEEN) break;
    byId.delete(id);
    more = true;
  }
  unseen.set({ byId, more });
}

export function clearUnseen(): void {
  if (unseen.get().byId.size > 0) unseen.set(none());
}

export function useUnseenItems(): UnseenItems {
  return useStore(unseen);
}
