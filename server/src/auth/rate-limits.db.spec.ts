import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import request from 'supertest';
import { agencyPerTest, apiPerFile } from '../../test/api-app.js';
import { ServiceDatabase } from '../database/service-database.js';
import { ApiKeys } from './keys/api-keys.service.js';
import { ServiceAuth } from './keys/service-auth.js';
import { LIMITS, limitKey } from './rate-limits.js';

const api = apiPerFile({ ROLE: 'api' });
const agency = agencyPerTest(api);
let origin: string;

beforeAll(async () => {
  origin = await api.app.getUrl();
});

/** Uses up the limit of a minute but for `left` requests. */
async function use(name: keyof typeof LIMITS, subject: string, left: number): Promise<void> {
  const storage = api.app.get<ThrottlerStorage>(getStorageToken());
  const key = limitKey(name, subject);
  await storage.increment(key, 60_000, LIMITS[name], 0, name);
  // All but the first at once: the store looks through all hits of the minute for each.
  const { hitExpirations } = storage as unknown as { hitExpirations: Map<string, Map<string, number[]>> };
  const hits = hitExpirations.get(key)!.get(name)!;
  for (let n = left + 1; n < LIMITS[name]; n++) hits.push(hits[0]!);
}

const http = () => request(api.app.getHttpServer());
const idOf = async (role: 'viewer' | 'admin'): Promise<string> =>
  (await api.sql<{ id: string }>('select id from api_keys where agency_id = $1 and name = $2', [agency.id, role]))[0]!
    .id;
const refused = ({ status, body, headers }: request.Response) => {
  expect([status, body.code]).toEqual([429, 'too_many_requests']);
  expect(headers['content-type']).toContain('application/problem+json');
  // The rest of the minute; using a limit up takes seconds of it.
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
};

describe('rate limits', () => {
  it('are announced in headers', async () => {
    const { headers } = await agency.ask('get', '/webhooks', null, 'viewer');
    expect(headers['ratelimit-policy']).toBe('"caller";q=6000;w=60, "agency";q=12000;w=60');
    expect(headers['ratelimit']).toBe('"caller";r=5999;t=60, "agency";r=11999;t=60');
    await use('caller', await idOf('viewer'), 2);
    expect((await agency.ask('get', '/webhooks', null, 'viewer')).headers['ratelimit']).toMatch(/^"caller";r=0;t=60, /);
    const stopped = await agency.ask('get', '/webhooks', null, 'viewer');
    expect(stopped.headers['ratelimit']).toBe(`"caller";r=0;t=${stopped.headers['retry-after']}`);
    expect((await http().get('/health/live')).headers['ratelimit']).toBeUndefined();
  });

  it('stop a key over all routes together, and no other caller', async () => {
    await use('caller', await idOf('viewer'), 2);
    expect((await agency.ask('get', '/webhooks', null, 'viewer')).status).toBe(200);
    expect((await agency.ask('get', '/deliveries', null, 'viewer')).status).toBe(200);
    const answer = await agency.ask('get', '/webhooks', null, 'viewer');
    refused(answer);
    expect(answer.body.detail).toMatch(
      /^This person or key made too many requests within a minute\. Try again in \d+ seconds\.$/,
    );
    expect((await agency.ask('get', '/webhooks', null, 'admin')).status).toBe(200);
  });

  it('stop the people and keys of one agency together, and no other agency', async () => {
    await use('agency', agency.id, 1);
    expect((await agency.ask('get', '/webhooks', null, 'viewer')).status).toBe(200);
    refused(await agency.ask('get', '/webhooks', null, 'admin'));
    expect((await (await api.addAgency()).ask('get', '/webhooks')).status).toBe(200);
  });

  it('stop unauthenticated requests of an address, wrong keys included, and no signed-in caller', async () => {
    await use('stranger', '127.0.0.1', 2);
    expect((await http().post('/api/auth/logout')).status).toBe(204);
    const wrong = () => http().get('/api/me').set('authorization', 'Bearer nonsense');
    expect((await wrong()).status).toBe(401);
    refused(await wrong());
    refused(await http().get('/api/me'));
    refused(await http().post('/api/auth/login').send({ email: 'a@b.example', password: 'x' }));
    expect((await agency.ask('get', '/webhooks')).status).toBe(200);
  });

  it('count metrics of an address apart', async () => {
    await use('stranger', '127.0.0.1 metrics', 1);
    expect((await http().get('/metrics')).status).toBe(200);
    refused(await http().get('/metrics?x'));
  });

  it('stop neither publishing nor health checks', async () => {
    await use('stranger', '127.0.0.1', 0);
    expect((await http().get('/health/live')).status).toBe(200);
    expect((await http().post('/api/internal/events').send({})).status).toBe(401);
    refused(await http().get('/api/me'));
  });
});

describe('a service token', () => {
  const path = '/api/internal/events';
  const knock = (token: string) =>
    http().post(path).set('authorization', `Bearer ${token}`).set('content-type', 'application/json');

  it('that is wrong is refused before the body is read', async () => {
    const head = [`POST ${path} HTTP/1.1`, 'host: x', 'content-type: application/json', 'content-length: 8000000'];
    // No byte of the body follows.
    for (const more of [[], ['authorization: Bearer nonsense']]) {
      expect(await answerTo([...head, ...more, '', ''].join('\r\n'))).toMatch(/^HTTP\/1\.1 401 /);
    }
  });

  it('that is wrong is rate-limited, also on a percent-encoded path, while a right one works', async () => {
    const { token } = await api.app
      .get(ServiceDatabase)
      .transaction((manager) =>
        api.app
          .get(ApiKeys)
          .issueServiceToken(manager, { name: 'x', createdBy: 'test', scopes: ['publish'], agencyIds: null }),
      );
    const { wrong } = api.app.get(ServiceAuth);
    expect(() => {
      for (;;) wrong.take('127.0.0.1', 'filled');
    }).toThrow('filled');
    wrong.release('127.0.0.1');
    expect((await knock('nonsense')).status).toBe(401);
    refused(await knock('nonsense'));
    refused(await http().post(path.replace('internal', '%69nternal')).set('authorization', 'Bearer nonsense'));
    const right = await knock(token).send('{}');
    expect([right.status, right.body.code]).toEqual([400, 'validation_failed']);
  });
});

/** The answer to a request that stops in the middle. */
function answerTo(text: string): Promise<string> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(chunk.toString());
    });
    socket.once('error', reject);
  });
}
