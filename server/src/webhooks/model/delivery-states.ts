import type { DeliveryState } from './delivery.entity.js';

/**
 * The states page (docs/delivery.md) as data: what a state may become in one step. The docs, the database's constraint, the API description and
 * every move of the engine in any order of events are tested against it.
 */
export const NEXT_STATES: Record<DeliveryState, readonly DeliveryState[]> = {
  waiting: ['retrying', 'delivered', 'failed', 'skipped', 'cancelled'],
  retrying: ['delivered', 'failed', 'skipped', 'cancelled'],
  delivered: [],
  failed: ['waiting'],
  skipped: ['waiting'],
  cancelled: [],
};

/** Whether an attempt is still to come: such a delivery has a row in the queue. (A delivered one has it too while a resend is owed.) */
export function isOwed(state: DeliveryState): boolean {
  return state === 'waiting' || state === 'retrying';
}

/** Whether it is neither on its way for the first time nor done: those few deliveries are found by the column odd_state. */
export function isOdd(state: DeliveryState): boolean {
  return state !== 'waiting' && state !== 'delivered';
}
