import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  addWebhook,
  applicationCreated,
  recruiter,
  service,
  type CreatedWebhook,
  type Receipt,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

/*
 * Nothing is lost when the server is killed in the middle of its work. Every accepted event reaches every webhook at
 * least once, and the log says so; any duplicate was in flight when the server was killed.
 */

const WEBHOOKS = 4;
const EVENTS = 500;
const DELIVERIES = WEBHOOKS * EVENTS;
/** Of the whole process: requests, deliveries claimed ahead, and results not stored yet. */
const MAX_IN_FLIGHT = 80;

let server: TestServer;
let receiver: Receiver;
const webhooks: CreatedWebhook[] = [];

beforeAll(async () => {
  const env = {
    ATTEMPT_TIMEOUT_MS: '1000',
    LEASE_MS: '3000',
    MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
  };
  // 15 ms an answer and 10 at once for each webhook: 500 deliveries take at least 0.75 s, so that there is a middle.
  const otherwise = { status: 200, delayMs: 15 };
  [server, receiver] = await Promise.all([startServer({ env }), startReceiver({ otherwise })]);
  for (let index = 0; index < WEBHOOKS; index += 1) {
    webhooks.push(await addWebhook(server, { url: receiver.url(`/${index}`), events: ['application.created'] }));
  }
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

interface Counts {
  total: { count: number };
  delivered: { count: number };
  waiting: { count: number };
  retrying: { count: number };
  failed: { count: number };
}

async function counts(): Promise<Counts> {
  const response = await recruiter(server).get('/api/recruiter/deliveries/counts');
  expect(response.status).toBe(200);
  return response.body as Counts;
}

it('kill -9 in the middle of 2,000 deliveries loses none; the log has every one as delivered', async () => {
  const published = await service(server)
    .post('/api/internal/events')
    .send(Array.from({ length: EVENTS }, () => applicationCreated(server)));
  expect(published.status).toBe(202);
  const accepted = (published.body as Receipt[]).map(({ id }) => id);

  await eventually(() => expect(receiver.all.length).toBeGreaterThanOrEqual(DELIVERIES / 4));
  await server.kill('SIGKILL');
  const before = receiver.all.length;
  expect(before).toBeLessThan(DELIVERIES);
  await server.restart();
  const restarted = performance.now();

  await eventually(
    async () => {
      const { total, delivered } = await counts();
      expect({ total: total.count, delivered: delivered.count }).toEqual({ total: DELIVERIES, delivered: DELIVERIES });
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  const seconds = ((performance.now() - restarted) / 1000).toFixed(1);

  let duplicates = 0;
  let lost = 0;
  for (const [index] of webhooks.entries()) {
    const ids = receiver.requests(`/${index}`).map(({ headers }) => headers['webhook-id']);
    lost += accepted.filter((id) => !ids.includes(id)).length;
    duplicates += ids.length - new Set(ids).size;
  }
  console.log(
    `killed after ${before} of ${DELIVERIES}: ${lost} lost, ${duplicates} twice, ` +
      `all delivered ${seconds} s after the restart`,
  );
  expect(lost).toBe(0);
  expect(duplicates).toBeLessThanOrEqual(MAX_IN_FLIGHT);
});
