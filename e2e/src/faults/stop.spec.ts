import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, deliveriesOf, service, type Receipt } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

const EVENTS = 100;

let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  const otherwise = { status: 200, delayMs: 100 };
  [server, receiver] = await Promise.all([startServer(), startReceiver({ otherwise })]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

it('SIGTERM in the middle of deliveries loses none and sends none twice: those in flight finish first', async () => {
  const webhook = await addWebhook(server, { url: receiver.url('/'), events: ['application.created'] });
  const published = await service(server)
    .post('/api/internal/events')
    .send(Array.from({ length: EVENTS }, () => applicationCreated(server)));
  expect(published.status).toBe(202);
  await receiver.next('/', EVENTS / 4);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(receiver.all.length).toBeLessThan(EVENTS);
  await server.restart();
  await eventually(
    async () => {
      const states = (await deliveriesOf(server, webhook.id)).map(({ status }) => status);
      expect(states).toEqual(Array.from({ length: EVENTS }, () => 'delivered'));
    },
    { timeoutMs: 20_000 },
  );
  const arrived = receiver.all.map(({ headers }) => String(headers['webhook-id']));
  expect(arrived.toSorted()).toEqual((published.body as Receipt[]).map(({ id }) => id).toSorted());
});
