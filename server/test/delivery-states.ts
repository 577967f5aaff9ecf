import type { DeliveryState } from '../src/webhooks/model/delivery.entity.js';

/**
 * The states of docs/delivery.md as data: the next states of each state. Docs, database constraint, API description and
 * every transition of the engine are tested against it.
 */
export const NEXT_STATES: Record<DeliveryState, readonly DeliveryState[]> = {
  waiting: ['retrying', 'delivered', 'failed', 'skipped', 'cancelled'],
  retrying: ['delivered', 'failed', 'skipped', 'cancelled'],
  delivered: [],
  failed: ['waiting'],
  skipped: ['waiting'],
  cancelled: [],
};

/**
 * Whether an attempt is pending: such a delivery has a row in the queue. (A delivered one has it too while a resend is
 * pending.)
 */
export function isPending(state: DeliveryState): boolean {
  return state === 'waiting' || state === 'retrying';
}
