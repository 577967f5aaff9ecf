import type { Slots } from '../src/webhooks/engine/queue/claimed-delivery.js';

/** Slots of an idle process. */
export const allSlots = (limits: Pick<Slots, 'total' | 'perWebhook' | 'perAgency'>): Slots => ({
  ...limits,
  free: limits.total,
  webhooks: new Map(),
  limits: new Map(),
  retries: new Map(),
  agencies: new Map(),
});
