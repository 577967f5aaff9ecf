import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { problemOf } from '../support/client.js';
import { startServer, type TestServer } from '../support/server.js';

const PATH = '/api/cron/webhook-retries';
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { CRON_SECRET: 'open sesame' } });
});
afterAll(() => server.stop());

describe('the address for an external scheduler', () => {
  it.each(['get', 'post'] as const)('drains what is due and answers with counts (%s)', async (method) => {
    const response = await request(server.url)[method](PATH).set('authorization', 'Bearer open sesame');
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ claimed: 0, delivered: 0, retrying: 0, failed: 0 });
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
