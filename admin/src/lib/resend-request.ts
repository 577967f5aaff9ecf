import type { RecoveryFilter } from '../api/types';
import { Store, useStore } from './store';

/** A request to resend, made on several screens and handled by the dialog in the shell. */
export interface ResendRequest {
  filter: RecoveryFilter;
  /** Goes on after "42 deliveries": "to Payroll sync that failed in the last 24 hours". */
  which: string;
  /** How many were selected one by one; those that need no resend are reported as left out. */
  chosen?: number;
}

const asked = new Store<ResendRequest | null>(null);

/** Opens the dialog; null closes it. */
export function askToResend(request: ResendRequest | null): void {
  asked.set(request);
}

export function useResendRequest(): ResendRequest | null {
  return useStore(asked);
}
