import { Store, useStore } from '../../lib/store';
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

const none = () => ({ byId: new Map<string, UnseenItem>(), more: false });

const unseen = new Store(none());

/**
 * Deliveries that came or changed since the lists were read; each list counts those it does not show yet.
 * @param list the list that the server counts them to, when it was asked for one.
 */
export function addUnseen(deliveries: readonly LiveDelivery[], list?: string): void {
  if (deliveries.length === 0) return;
  // Changed in place: a copy for each message would be of up to 2,000 items. What is replaced is the object around it.
  const { byId } = unseen.get();
  for (const delivery of deliveries) {
    const lists = byId.get(delivery.id)?.lists ?? [];
    // Moved to the end: the items dropped first are those unchanged for longest.
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
