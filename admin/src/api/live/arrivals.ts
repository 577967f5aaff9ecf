import { useSyncExternalStore } from 'react';
import type { LiveDelivery } from './messages';

/** More are not counted one by one: the reader asks for the list again long before. */
const MAX_ARRIVALS = 2_000;

let arrivals: ReadonlyMap<string, LiveDelivery> = new Map();
const listeners = new Set<() => void>();

/** A delivery that no list on screen has. */
export function arrive(delivery: LiveDelivery): void {
  if (arrivals.size >= MAX_ARRIVALS && !arrivals.has(delivery.id)) return;
  set(new Map(arrivals).set(delivery.id, delivery));
}

export function forgetArrivals(): void {
  if (arrivals.size > 0) set(new Map());
}

export function useArrivals(): ReadonlyMap<string, LiveDelivery> {
  return useSyncExternalStore(subscribe, () => arrivals);
}

function set(next: typeof arrivals): void {
  arrivals = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
