import { Store, useStore } from '../../lib/store';

/**
 * How current the screens are. `off`: no stream (yet), screens poll. `live`: changes are pushed. `lost`: the stream is
 * down and reconnecting. `paused`: the reader has frozen the screen.
 */
type LiveState = 'off' | 'live' | 'lost' | 'paused';

let connection: 'off' | 'live' | 'lost' = 'off';
let paused = false;

export const liveState = new Store<LiveState>('off');

/** True when screens with changing data must poll. Not while the reader has frozen them. */
export function mustPoll(): boolean {
  return !paused && connection !== 'live';
}

export function setConnection(next: typeof connection): void {
  connection = next;
  update();
}

export function setPaused(next: boolean): void {
  paused = next;
  update();
}

export function useLiveState(): LiveState {
  return useStore(liveState);
}

function update(): void {
  liveState.set(paused && connection !== 'off' ? 'paused' : connection);
}
