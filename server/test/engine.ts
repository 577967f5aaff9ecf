import { expect } from '@jest/globals';
import { EVENT_DEFINITIONS, exampleData } from '../src/events/catalogue/catalogue.js';
import type { DomainEvent } from '../src/events/publishable-event.js';
import type { TestApp } from './app.js';
import { eventually } from './eventually.js';

/* Results of published events, read from the rows. */

export interface DeliveryRow {
  id: string;
  state: string;
  attempts: number;
  last_reason: string | null;
  last_status: number | null;
  next_attempt_at: Date | null;
  finished_at: Date | null;
}

interface AttemptRow {
  n: number;
  outcome: string;
  reason: string;
  fenced: boolean;
  status: number;
}

export const placement = EVENT_DEFINITIONS.find(({ type }) => type === 'placement.created')!;

/** @param here the current test: the agency changes between tests. */
export function engineOf(here: () => { test: TestApp; agencyId: string }) {
  const deliveriesOf = (webhookId: string) =>
    here().test.sql<DeliveryRow>('select * from all_deliveries where webhook_id = $1 order by id', [webhookId]);
  return {
    event: (more: Partial<DomainEvent> = {}): DomainEvent => ({
      type: placement.type,
      agencyId: here().agencyId,
      data: exampleData(placement),
      ...more,
    }),
    deliveriesOf,
    attemptsOf: (deliveryId: string) =>
      here().test.sql<AttemptRow>('select * from all_attempts where delivery_id = $1 order by n', [deliveryId]),
    pending: async (webhookId: string) =>
      (await here().test.sql('select * from webhook_queue where webhook_id = $1', [webhookId])).length,
    /** The only delivery of a webhook, once it is in the given state. */
    deliveryIn: (webhookId: string, state: string) =>
      eventually(async () => {
        const [delivery] = await deliveriesOf(webhookId);
        expect(delivery?.state).toBe(state);
        return delivery!;
      }),
  };
}
