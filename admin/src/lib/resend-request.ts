import { useSyncExternalStore } from 'react';
import type { RecoveryFilter } from '../api/types';

/** A request to resend: made on several screens, handled by the dialog in the shell. */
export interface ResendRequest {
  filter: RecoveryFilter;
  /** Goes on after "42 deliveries": "to Payroll sync that failed in the last 24 hours". */
  which: string;
  /** How many were selected one by one; those that need no resend are reported as left out. */
  chosen?: number;
}

let asked: ResendRequest | null = null;
const listeners = new Set<() => void>();

/** Opens the dialog; null closes it. */
export function askToResend(request: ResendRequest | null): void {
  asked = request;
  for (const listener of listeners) listener();
}

export function useResendRequest(): ResendRequest | null {
  return useSyncExternalStore(subscribe, () => asked);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
