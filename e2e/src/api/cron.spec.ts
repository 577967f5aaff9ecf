import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { addWebhook, applicationCreated, deliveriesOf, problemOf, publish } from '../support/client.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { startServer, type TestServer } from '../support/server.js';

const PATH = '/api/cron/webhook-retries';
/** Nothing is sent but when the scheduler asks, and a retry is a minute away. */
const ENV = { CRON_SECRET: 'open sesame', ROLE: 'api', DELAY_SCALE: '1' };
let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startServer({ env: ENV }), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

describe('the address for an external scheduler', () => {
  it.each(['get', 'post'] as const)('drains what is due and answers with counts (%s)', async (method) => {
    const response = await request(server.url)[method](PATH).set('authorization', 'Bearer open sesame');
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ claimed: 0, delivered: 0, retrying: 0, failed: 0 });
  });

  it('sends what this server does not send in the background', async () => {
    receiver.script('/down', 503, 503);
    const up = await addWebhook(server, { url: receiver.url('/up') });
    const down = await addWebhook(server, { url: receiver.url('/down') });
    for (let n = 0; n < 2; n++) await publish(server, applicationCreated(server));
    expect(receiver.all).toEqual([]);
    const { body } = await request(server.url).get(PATH).set('authorization', 'Bearer open sesame');
    expect(body).toEqual({ claimed: 4, delivered: 2, retrying: 2, failed: 0 });
    const states = async (id: string) => (await deliveriesOf(server, id)).map(({ status }) => status);
    expect(await states(up.id)).toEqual(['delivered', 'delivered']);
    expect(await states(down.id)).toEqual(['retrying', 'retrying']);
  });

  it('asks for its secret', async () => {
    problemOf(await request(server.url).get(PATH), 401, 'unauthenticated');
    problemOf(await request(server.url).get(PATH).set('authorization', 'Bearer open'), 401, 'unauthenticated');
    problemOf(
      await request(server.url).get(PATH).set('authorization', `Bearer ${server.demo.apiKey}`),
      401,
      'unauthenticated',
    );
  });

  it('is not there without a secret', async () => {
    await server.restart({});
    problemOf(await request(server.url).get(PATH), 404, 'not_found');
  });
});
