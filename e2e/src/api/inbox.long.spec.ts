import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applicationCreated, bearer } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';

/* Test inboxes behind a proxy that this machine cannot reach, with an API process and a worker. */

const PUBLIC_URL = 'https://webhooks.bpoc.example';
let first: TestServer;
const replicas: ServerProcess[] = [];

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => void probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Its own address; it prints that of the proxy. */
async function launch(role: 'api' | 'worker'): Promise<string> {
  const port = await freePort();
  // No name server answers, so what arrives has not gone through the proxy.
  const env = { ROLE: role, PORT: String(port), PUBLIC_URL, ALLOWED_PRIVATE_CIDRS: '', DNS_SERVERS: '127.0.0.1:9' };
  const replica = new ServerProcess(first.dataDir, { env });
  replicas.push(replica);
  await replica.listening();
  return `http://127.0.0.1:${port}`;
}

beforeAll(async () => {
  first = await startServer({ env: { ROLE: 'api' } });
});
afterAll(async () => {
  for (const replica of replicas) {
    await replica.end();
    replica.forget();
  }
  await first?.stop();
});

describe('a test inbox behind a proxy', () => {
  it('gets a test from the API server and events from the worker, and nothing loops', async () => {
    const api = await launch('api');
    await launch('worker');
    const { apiKey, serviceToken } = first.demo;
    const recruiter = bearer(api, apiKey);
    const made = await recruiter.post('/api/recruiter/inboxes').send().expect(201);
    const inbox = made.body as { id: string; url: string };
    expect(inbox.url).toMatch(/^https:\/\/webhooks\.bpoc\.example\/inbox\/[\w-]{43}$/);
    const { body: webhook } = await recruiter
      .post('/api/recruiter/webhooks')
      .send({ url: inbox.url, events: ['*'] })
      .expect(201);
    const { id } = webhook as { id: string };
    await recruiter.post(`/api/recruiter/webhooks/${id}/test`).send({}).expect(200);
    await bearer(api, serviceToken).post('/api/internal/events').send(applicationCreated(first)).expect(202);
    await eventually(async () => {
      const { body } = await recruiter.get(`/api/recruiter/inboxes/${inbox.id}/messages`).expect(200);
      expect((body as { data: unknown[] }).data).toMatchObject([
        { event: 'application.created', signature: 'valid', webhook_id: id },
        { event: 'webhook.test', signature: 'valid', webhook_id: id },
      ]);
    });
    // The message arrives before its result is recorded.
    await eventually(async () => {
      const { body } = await recruiter.get('/api/recruiter/deliveries').query({ test: 'any' }).expect(200);
      const statuses = (body as { data: { status: string }[] }).data.map(({ status }) => status);
      expect(statuses).toEqual(['delivered', 'delivered']);
    });
  });
});
