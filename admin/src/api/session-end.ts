import { Store, useStore } from '../lib/store';

/*
 * The session ended while a person was working. The screens stay as they are, with all input, until the same person
 * signs in again.
 */

const ended = new Store(false);

export function setSessionEnded(next: boolean): void {
  ended.set(next);
}

export function useSessionEnded(): boolean {
  return useStore(ended);
}
