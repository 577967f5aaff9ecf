import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, recruiter, service, type Receipt } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Receiver, startReceiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';
import { finalStatesOf } from './oracle.js';

/* Two ways to lose a response: the receiver is down, or the server dies before it is recorded. */

const EVENTS = 40;

let server: TestServer;
let receiver: Receiver;
beforeAll(async () => {
  // 1 min is 600 ms; short leases, because what a killed server was sending ends with its lease.
  server = await startServer({ env: { DELAY_SCALE: '0.01', ATTEMPT_TIMEOUT_MS: '1000', LEASE_MS: '3000' } });
});
afterAll(() => server.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  // So that the next test publishes only for its own webhook.
  const { body } = await recruiter(server).get('/api/recruiter/webhooks');
  for (const { id } of (body as { data: { id: string }[] }).data)
    await recruiter(server).delete(`/api/recruiter/webhooks/${id}`).expect(204);
});

async function publishMany(): Promise<string[]> {
  const events = Array.from({ length: EVENTS }, () => applicationCreated(server));
  const response = await service(server).post('/api/internal/events').send(events);
  expect(response.status).toBe(202);
  return (response.body as Receipt[]).map(({ id }) => id);
}

const arrived = (): string[] => receiver.all.map(({ headers }) => String(headers['webhook-id']));

it('a receiver that is down gets everything once it is up again', async () => {
  const { port } = receiver;
  const webhook = await addWebhook(server, { url: receiver.url('/') });
  await receiver.close();
  const accepted = await publishMany();
  await eventually(
    async () => {
      const found = await deliveriesOf(server, webhook.id);
      // Deliveries that were not tried before the pause (after 300 ms) wait for the probe.
      const statuses = found.map(({ status }) => (status === 'waiting' ? 'retrying' : status));
      expect(statuses).toEqual(Array.from({ length: EVENTS }, () => 'retrying'));
      expect(found.map(({ reason }) => reason)).toContain('refused');
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  receiver = await new Receiver({}).listen(port);
  await eventually(() => expect(arrived().toSorted()).toEqual(accepted.toSorted()), { timeoutMs: 30_000 });
});

it('a server killed between an answer and its record sends again, and one success counts', async () => {
  const webhook = await addWebhook(server, { url: receiver.url('/') });
  const killed = new Promise((resolve) => {
    receiver.onAnswered = () => {
      receiver.onAnswered = () => {};
      resolve(server.kill('SIGKILL'));
    };
  });
  const accepted = await publishMany().catch(() => null);
  await killed;
  const before = new Set(arrived());
  await server.restart();
  await eventually(
    async () => {
      const deliveries = await deliveriesOf(server, webhook.id);
      // Killed before or after the 202: all of them are stored or none.
      expect(deliveries.map(({ status }) => status)).toEqual(Array.from({ length: EVENTS }, () => 'delivered'));
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  const all = arrived();
  const twice = all.length - new Set(all).size;
  console.log(`killed with ${before.size} answered or in flight: ${twice} sent twice, none lost`);
  if (accepted) expect([...new Set(all)].toSorted()).toEqual(accepted.toSorted());
  expect(new Set(all).size).toBe(EVENTS);
  // The answer was not recorded; at most the ten in flight are sent again.
  expect(twice).toBeGreaterThanOrEqual(1);
  expect(twice).toBeLessThanOrEqual(10);
  // Every delivery has one counted success.
  await finalStatesOf(server.dataDir);
});
