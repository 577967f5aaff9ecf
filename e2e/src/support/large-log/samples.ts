import { expect } from '@jest/globals';
import type { Delivery } from '../client.js';
import type { Asker, Samples } from './asking.js';

const DAY_MS = 86_400_000;

/** From the middle of the log. */
export async function findSamples({ ask }: Asker): Promise<Samples> {
  const to = new Date(Date.now() - 12 * DAY_MS).toISOString();
  const { body } = await ask('', { event: 'application.created', to, limit: '1' });
  const [delivery] = (body as { data: (Delivery & { subject: { id: string } })[] }).data;
  expect(delivery).toBeDefined();
  const application = delivery!.subject.id;
  const n = Number(application.slice(2));
  return {
    deliveryId: delivery!.id,
    eventId: delivery!.event_id,
    application,
    candidate: `C-${Math.floor(n / 3)}`,
    job: `J-${n % 2000}`,
  };
}
