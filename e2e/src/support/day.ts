import { expect } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, publish, type Delivery } from './client.js';
import { eventually } from './eventually.js';
import type { Receiver } from './receiver.js';
import type { Served } from './server.js';

/* What happens on the days that the journeys are about. */

/** How many tries the plan that a webhook begins with has. */
const TRIES = 4;

export interface Outage {
  id: string;
  /** Failed deliveries. */
  failed: Delivery[];
}

/** A webhook whose receiver was down for some events, until their plans were used up. Now it answers again. */
export async function afterOutage(server: Served, receiver: Receiver, name: string, events: number): Promise<Outage> {
  receiver.script(`/${name}`, ...Array.from({ length: events * TRIES }, () => 503));
  const { id } = await addWebhook(server, { url: receiver.url(`/${name}`), description: name });
  for (let n = 0; n < events; n++) await publish(server, applicationCreated(server));
  return { id, failed: await allAre(server, id, 'failed', events) };
}

/** Waits until the webhook has so many deliveries, all of this status, and gives them. */
export function allAre(server: Served, webhookId: string, status: string, count: number): Promise<Delivery[]> {
  return eventually(
    async () => {
      const found = await deliveriesOf(server, webhookId);
      expect(found.map((delivery) => delivery.status)).toEqual(Array.from({ length: count }, () => status));
      return found;
    },
    { timeoutMs: 30_000 },
  );
}
