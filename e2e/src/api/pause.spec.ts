import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, publish, recruiter, type Webhook } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/** Pauses of 30 s, doubling to 30 min, become 60 ms up to 3.6 s. */
const SCALE = '0.002';

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startServer({ env: { DELAY_SCALE: SCALE } }), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

async function webhookNow(id: string): Promise<Webhook & { paused_until: string | null }> {
  const response = await recruiter(server).get(`/api/recruiter/webhooks/${id}`);
  expect(response.status).toBe(200);
  return response.body as Webhook & { paused_until: string | null };
}

describe('a webhook that fails without a break', () => {
  it('is paused after five failed deliveries, probed with one, and drained when it answers again', async () => {
    receiver.script('/down', ...Array.from({ length: 1000 }, () => 503));
    const webhook = await addWebhook(server, { url: receiver.url('/down') });
    for (let count = 0; count < 5; count += 1) await publish(server, applicationCreated(server));
    await eventually(
      async () => {
        const { health, paused_until: pausedUntil } = await webhookNow(webhook.id);
        expect({ health, pausedUntil }).toEqual({ health: 'paused', pausedUntil: expect.any(String) });
      },
      { timeoutMs: 20_000 },
    );
    for (let count = 0; count < 5; count += 1) await publish(server, applicationCreated(server));
    const owed = (await deliveriesOf(server, webhook.id)).filter(({ status }) =>
      ['waiting', 'retrying'].includes(status),
    );
    expect(owed.length).toBeGreaterThanOrEqual(4);

    receiver.script('/down');
    await eventually(
      async () => {
        const found = await deliveriesOf(server, webhook.id);
        const delivered = new Set(found.filter(({ status }) => status === 'delivered').map(({ id }) => id));
        for (const { id } of owed) expect(delivered).toContain(id);
        expect((await webhookNow(webhook.id)).health).not.toBe('paused');
      },
      { timeoutMs: 20_000 },
    );
  });
});
