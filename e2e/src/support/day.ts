import { expect } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, publish, type Delivery } from './client.js';
import { eventually } from './eventually.js';
import type { Receiver } from './receiver.js';
import type { Served } from './server.js';

/* The situations that the journeys start from. */

/** The number of tries in the default plan. */
const TRIES = 4;

interface Outage {
  id: string;
  /** Failed deliveries. */
  failed: Delivery[];
}

/** A webhook whose receiver was down until the plans of some events were used up, and now answers again. */
export async function afterOutage(server: Served, receiver: Receiver, name: string, events: number): Promise<Outage> {
  receiver.script(`/${name}`, ...Array.from({ length: events * TRIES }, () => 503));
  const { id } = await addWebhook(server, { url: receiver.url(`/${name}`), description: name });
  for (let n = 0; n < events; n++) await publish(server, applicationCreated(server));
  return { id, failed: await allAre(server, id, 'failed', events) };
}

/** Waits until the webhook has this many deliveries, all with this status, and returns them. */
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
