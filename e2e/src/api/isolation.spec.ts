import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, publish, service } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/** Shorter than a hanging request lasts. */
const BUSY = { timeoutMs: 40_000 };

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([
    // Without a limit of its own, the hanging webhook could take all slots.
    startServer({
      env: { MAX_IN_FLIGHT: '20', MAX_IN_FLIGHT_PER_WEBHOOK: '5', ATTEMPT_TIMEOUT_MS: '60000', LEASE_MS: '180000' },
    }),
    startReceiver({ otherwise: 'hang' }),
  ]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

describe('a webhook that never answers', () => {
  it("does not hold up another one's deliveries, nor new events", async () => {
    const hanging = await addWebhook(server, { url: receiver.url('/hanging'), events: ['application.*'] });
    const events = Array.from({ length: 50 }, () => applicationCreated(server));
    await service(server).post('/api/internal/events').send(events).expect(202);
    await eventually(() => expect(receiver.requests('/hanging').length).toBeGreaterThanOrEqual(5));

    const healthy = await addWebhook(server, { url: receiver.url('/healthy'), events: ['offer.sent'] });
    receiver.script('/healthy', ...Array.from({ length: 30 }, () => 200));
    for (let count = 0; count < 30; count += 1) {
      const data = { offerId: `o-${count}`, applicationId: 'a', candidateId: 'c', sentAt: '2026-01-22T10:30:00Z' };
      await publish(server, { type: 'offer.sent', agencyId: server.demo.agencyId, data });
    }
    await eventually(async () => {
      const states = (await deliveriesOf(server, healthy.id)).map(({ status }) => status);
      expect(states).toEqual(Array.from({ length: 30 }, () => 'delivered'));
    }, BUSY);
    // None of them has ended, so no other delivery waited for them.
    expect(receiver.requests('/hanging')).toHaveLength(5);
    expect((await deliveriesOf(server, hanging.id)).some(({ status }) => status === 'delivered')).toBe(false);
  });
});
