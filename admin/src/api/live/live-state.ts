import { useSyncExternalStore } from 'react';

/**
 * How current the screens are. `off`: no stream (yet), screens poll. `live`: changes are pushed. `lost`: the stream is
 * down and reconnecting. `paused`: the reader has frozen the screen.
 */
export type LiveState = 'off' | 'live' | 'lost' | 'paused';

let connection: 'off' | 'live' | 'lost' = 'off';
let paused = false;
const listeners = new Set<() => void>();

export function liveState(): LiveState {
  return paused && connection !== 'off' ? 'paused' : connection;
}

/** True when screens with changing data must poll. Not while the reader has frozen them. */
export function mustPoll(): boolean {
  return !paused && connection !== 'live';
}

export function setConnection(next: typeof connection): void {
  if (next === connection) return;
  connection = next;
  notify();
}

export function setPaused(next: boolean): void {
  if (next === paused) return;
  paused = next;
  notify();
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribeToLive, liveState);
}

export function subscribeToLive(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  for (const listener of listeners) listener();
}
