import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import request from 'supertest';
import { basketApp, BasketModule, problemOf } from '../test/basket-app.js';
import { NestLog } from './config/logger.js';
import { createHttpApp } from './http-app.js';

describe('the HTTP application', () => {
  const { http, answerTo } = basketApp();

  it('names each invalid field by its full path', async () => {
    const sent = http()
      .post('/api/baskets')
      .send({ fruits: [{ kind: 'apple' }, { kind: 'stone' }], colour: 'red' });
    const { body } = await problemOf(sent, 400, 'validation_failed');
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { field: 'colour', code: 'unknown_field', message: 'colour is not a known field' },
        { field: 'name', code: 'required', message: 'name is required' },
        expect.objectContaining({ field: 'fruits.1.kind', code: 'is_in' }),
      ]),
    );
    expect(body.errors).toHaveLength(3);
    expect(body.errors[2].message).toBe('fruits.1.kind must be one of the following values: apple, pear');
  });

  it('validates the query like the body', async () => {
    expect((await http().get('/api/baskets?limit=7')).body).toEqual({ limit: 7 });
    const { body } = await problemOf(http().get('/api/baskets?limit=1000'), 400, 'validation_failed');
    expect(body.errors).toEqual([expect.objectContaining({ field: 'limit', code: 'max' })]);
  });

  it('refuses a query with too many parameters', async () => {
    const query = (count: number) => Array.from({ length: count }, (_, n) => `p${n}=1`).join('&');
    await problemOf(http().get(`/api/baskets?${query(200)}`), 400, 'validation_failed');
    await problemOf(http().get(`/api/baskets?${query(201)}`), 400, 'bad_request');
  });

  it('distinguishes bad JSON from bad fields', async () => {
    const broken = http().post('/api/baskets').set('content-type', 'application/json').send('{"name":');
    await problemOf(broken, 400, 'invalid_json');
    const poisoned = http().post('/api/baskets').set('content-type', 'application/json').send('{"__proto__":{"a":1}}');
    await problemOf(poisoned, 400, 'invalid_json');
  });

  it('treats an empty body like one without fields', async () => {
    const empty = http().post('/api/baskets').set('content-type', 'application/json').send('');
    const { body } = await problemOf(empty, 400, 'validation_failed');
    expect(body.errors).toEqual(
      expect.arrayContaining([{ field: 'name', code: 'required', message: 'name is required' }]),
    );
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'refuses %s, which another site can send without a preflight',
    async (type) => {
      await problemOf(
        http().post('/api/baskets').set('content-type', type).send('name=a'),
        415,
        'unsupported_media_type',
      );
    },
  );

  it('refuses a body over the limit', async () => {
    const large = http()
      .post('/api/baskets')
      .send({ name: 'x'.repeat(1024 * 1024), fruits: [] });
    await problemOf(large, 413, 'body_too_large');
  });

  it('answers 404 for an unknown path or id', async () => {
    await problemOf(http().get('/api/nothing'), 404, 'not_found');
    await problemOf(http().get('/api/baskets/missing'), 404, 'not_found');
    await problemOf(http().get('/api/baskets/not-a-uuid'), 404, 'not_found');
    await problemOf(http().get(`/api/baskets/${'x'.repeat(3000)}`), 404, 'not_found');
  });

  it.each(['DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND'])(
    'answers 405 with the allowed methods for %s',
    async (method) => {
      const { head, body } = await answerTo(`${method} /api/baskets?x=1`);
      expect(head).toMatch(/^HTTP\/1\.1 405 /);
      expect(head).toMatch(/^allow: GET, HEAD, POST$/im);
      expect(head).toMatch(/^x-content-type-options: nosniff$/im);
      expect(JSON.parse(body)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    },
  );

  it('answers 405 only for paths that have a route', async () => {
    const { headers } = await problemOf(http().put('/api/baskets/missing'), 405, 'method_not_allowed');
    expect(headers['allow']).toBe('GET, HEAD');
    expect((await http().post('/recruiter/api')).headers['allow']).toBe('GET, HEAD');
    await problemOf(http().delete('/api/nothing'), 404, 'not_found');
    await problemOf(http().post('/nothing'), 404, 'not_found');
  });

  it('answers a malformed URL with a problem as well', async () => {
    const { head, body } = await answerTo('GET /api/%zz');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toMatch(/content-type: application\/problem\+json/i);
    expect(JSON.parse(body)).toMatchObject({ code: 'bad_request' });
  });

  it('discloses nothing about a bug except the request id', async () => {
    const { text } = await problemOf(http().get('/api/baskets/bug'), 500, 'internal');
    expect(text).not.toContain('secret inner text');
  });

  it('answers 503 with Retry-After if the database is unavailable', async () => {
    const answer = await problemOf(http().get('/api/baskets/database'), 503, 'database_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).not.toContain('5432');
  });

  it('rounds Retry-After up to whole seconds', async () => {
    const answer = await problemOf(http().get('/api/baskets/busy'), 429, 'too_many_requests');
    expect(answer.headers['retry-after']).toBe('4');
  });

  it('names the release of the server, refusals too', async () => {
    for (const path of ['/api/baskets', '/api/nothing'])
      expect((await http().get(path)).headers['bpoc-webhooks-version']).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("keeps the caller's request id if it is acceptable, else replaces it", async () => {
    const kept = await http().get('/api/baskets').set('x-request-id', 'order-66.a_b');
    expect(kept.headers['x-request-id']).toBe('order-66.a_b');
    const replaced = await http().get('/api/baskets').set('x-request-id', 'two words');
    expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a bug', () => {
  it('is logged with the request id and the stack', async () => {
    const lines: { msg: string; stack?: string }[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
    const app = await createHttpApp(BasketModule, {
      publicUrl: null,
      adminDirectory: '/nonexistent',
      nest: { logger: new NestLog(log) },
    });
    await app.listen(0, '127.0.0.1');
    try {
      await request(app.getHttpServer()).get('/api/baskets/bug').set('x-request-id', 'order-66').expect(500);
      const [line] = lines;
      expect(line?.msg).toBe('GET /api/baskets/bug internal (request order-66)');
      expect(line?.stack).toMatch(/secret inner text[^]+BasketController\.bug/);
    } finally {
      await app.close();
    }
  });
});
