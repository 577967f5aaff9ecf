import { useSyncExternalStore } from 'react';

/*
 * The session ended while a person works here. The screens stay as they are, with all input, until the same person
 * signs in again.
 */

let ended = false;
const listeners = new Set<() => void>();

export function setSessionEnded(next: boolean): void {
  if (next === ended) return;
  ended = next;
  for (const listener of listeners) listener();
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(subscribe, () => ended);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
