import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  addWebhook,
  applicationCreated,
  bearer,
  onlyDelivery,
  problemOf,
  publish,
  recruiter,
  service,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer } from '../support/shared.js';

const [server, receiver] = await Promise.all([sharedServer(), startReceiver()]);
const webhook = await addWebhook(server, { url: receiver.url('/mine') });
await publish(server, applicationCreated(server));
const delivery = await eventually(() => onlyDelivery(server, webhook.id));
afterAll(() => receiver.close());

type Method = 'get' | 'post' | 'patch' | 'delete';
type Agent = ReturnType<typeof request.agent>;

const call = (agent: Agent, method: Method, path: string) =>
  method === 'get' ? agent.get(path) : agent[method](path).send({});

/** Every route to an agency's own data. */
const routes = (): [Method, string][] => [
  ['get', '/api/recruiter/webhooks'],
  ['post', '/api/recruiter/webhooks'],
  ['get', `/api/recruiter/webhooks/${webhook.id}`],
  ['patch', `/api/recruiter/webhooks/${webhook.id}`],
  ['delete', `/api/recruiter/webhooks/${webhook.id}`],
  ['post', `/api/recruiter/webhooks/${webhook.id}/test`],
  ['get', '/api/recruiter/deliveries'],
  ['get', `/api/recruiter/deliveries/${delivery.id}`],
  ['get', `/api/recruiter/deliveries/${delivery.id}/content`],
  ['post', `/api/recruiter/deliveries/${delivery.id}/resend`],
  ['get', '/api/recruiter/event-types'],
  ['get', '/api/me'],
];

describe('without the right key', () => {
  it('every route of the API answers 401: no key, a wrong one, or one with a changed last character', async () => {
    const { apiKey } = server.demo;
    const changed = apiKey.slice(0, -1) + (apiKey.endsWith('A') ? 'B' : 'A');
    for (const token of [null, 'nonsense', changed]) {
      for (const [method, path] of routes()) {
        const response = await call(bearer(server.url, token), method, path);
        expect({ method, path, status: response.status }).toEqual({ method, path, status: 401 });
        problemOf(response, 401, 'unauthenticated');
      }
      problemOf(await bearer(server.url, token).post('/api/internal/events').send({}), 401, 'unauthenticated');
    }
  });

  it('a service token is not a recruiter, and an API key does not publish', async () => {
    problemOf(await service(server).get('/api/recruiter/webhooks'), 403, 'forbidden');
    problemOf(await recruiter(server).post('/api/internal/events').send(applicationCreated(server)), 403, 'forbidden');
  });

  it('a wrong password is refused, and the right one signs in', async () => {
    const { email, password } = server.demo;
    const wrong = await request(server.url)
      .post('/api/auth/login')
      .send({ email, password: `${password}x` });
    problemOf(wrong, 401, 'invalid_credentials');
    const person = request.agent(server.url);
    const right = await person.post('/api/auth/login').send({ email, password });
    expect(right.status).toBe(200);
    expect(right.body).toMatchObject({ kind: 'user', email, role: 'owner', agency: { id: server.demo.agencyId } });
    expect(String(right.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax/i);
    expect((await person.get('/api/recruiter/webhooks')).status).toBe(200);
    expect((await person.post('/api/auth/logout')).status).toBe(204);
    expect((await person.get('/api/me')).status).toBe(401);
  });
});

describe("another agency's things", () => {
  it('do not exist for us: 404 on every route that names one', async () => {
    const other = await foreignAgency();
    const list = (await other.get('/api/recruiter/webhooks')).body as { data: unknown[] };
    expect(list.data).toEqual([]);
    expect(((await other.get('/api/recruiter/deliveries')).body as { data: unknown[] }).data).toEqual([]);
    const named = routes().filter(([, path]) => path.includes(webhook.id) || path.includes(delivery.id));
    expect(named).toHaveLength(7);
    for (const [method, path] of named) {
      const response = await call(other, method, path);
      expect({ method, path, status: response.status }).toEqual({ method, path, status: 404 });
      problemOf(response, 404, 'not_found');
    }
    const still = await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`);
    expect(still.body).toMatchObject({ id: webhook.id, is_active: true });
  });

  /** A second agency with its owner signed in. */
  async function foreignAgency(): Promise<Agent> {
    const path = `/api/internal/agencies/${randomUUID()}`;
    const made = await service(server)
      .put(path)
      .send({ name: 'Other', owner: { email: 'owner@other.example' } });
    expect([200, 201]).toContain(made.status);
    const token = /#(bpoc_inv_\w[\w-]*)/.exec(JSON.stringify(made.body))?.[1];
    expect(token).toBeDefined();
    const person = request.agent(server.url);
    const accepted = await person.post('/api/auth/invite').send({ token, password: 'a long enough password 1' });
    expect({ status: accepted.status, body: accepted.body as unknown }).toMatchObject({ status: 200 });
    return person;
  }

  it('cannot be published for: an unknown agency is named', async () => {
    const event = { ...applicationCreated(server), agencyId: randomUUID() };
    const problem = problemOf(await service(server).post('/api/internal/events').send(event), 400, 'validation_failed');
    expect(problem.errors).toMatchObject([{ field: 'agencyId' }]);
  });
});

describe('a secret', () => {
  it('is shown when the webhook is made and never again', async () => {
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook.secret_last4).toBe(webhook.secret.replace('=', '').slice(-4));
    const answers = [
      await recruiter(server).get('/api/recruiter/webhooks'),
      await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`),
      await recruiter(server).patch(`/api/recruiter/webhooks/${webhook.id}`).send({ description: 'named' }),
      await recruiter(server).get(`/api/recruiter/deliveries/${delivery.id}/content`),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(webhook.secret.slice(6));
    }
    const logs = server.logs();
    for (const secret of [webhook.secret.slice(6), server.demo.apiKey, server.demo.serviceToken]) {
      expect(logs).not.toContain(secret);
    }
  });
});
