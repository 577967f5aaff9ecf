import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, NotFoundException, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsIn, IsString, ValidateNested } from 'class-validator';
import { pino } from 'pino';
import request from 'supertest';
import { AppError } from './lib/app-error.js';
import { NestLog } from './config/logger.js';
import { createHttpApp } from './http-app.js';
import { IdPipe } from './http/id.pipe.js';
import { PageQuery } from './http/keyset-page.js';

class Fruit {
  @IsIn(['apple', 'pear'])
  kind: string;
}

class Basket {
  @IsString()
  name: string;

  @IsArray()
  @ArrayNotEmpty()
  @ValidateNested({ each: true })
  @Type(() => Fruit)
  fruits: Fruit[];
}

@Controller('api/baskets')
class BasketController {
  @Get()
  list(@Query() query: PageQuery) {
    return { limit: query.limit };
  }

  @Get('bug')
  bug() {
    throw new Error('secret inner text');
  }

  @Get('missing')
  missing() {
    throw new NotFoundException();
  }

  @Get('busy')
  busy() {
    throw new AppError('too_many_requests', 'Slowly.', { retryAfterSeconds: 3.2 });
  }

  @Get('database')
  database() {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }

  @Get(':id')
  read(@Param('id', IdPipe) id: string) {
    return { id };
  }

  @Post()
  create(@Body() body: Basket) {
    return { fruits: body.fruits.length };
  }
}

@Controller('api/internal/baskets')
class InternalBasketController {
  @Get()
  list() {
    return [];
  }
}

@Module({ controllers: [BasketController, InternalBasketController] })
class BasketModule {}

describe('the HTTP application', () => {
  let app: NestFastifyApplication;
  let directory: string;
  let port: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bpoc-admin-'));
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'index.html'), '<!doctype html><title>admin</title>');
    await writeFile(join(directory, 'assets', 'main-abc123.js'), 'export {};');
    await writeFile(join(directory, 'pages.json'), JSON.stringify(['/recruiter/api', '/recruiter/api/deliveries/$id']));
    app = await createHttpApp(BasketModule, {
      publicUrl: null,
      trustedProxies: ['127.0.0.1'],
      adminDirectory: directory,
      nest: { logger: false },
    });
    await app.listen(0, '127.0.0.1');
    port = Number(new URL(await app.getUrl()).port);
  });

  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  const http = () => request(app.getHttpServer());
  const problemOf = async (test: request.Test, status: number, code: string) => {
    const answer = await test;
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status,
      code,
      request_id: answer.headers['x-request-id'],
    });
    expect(answer.status).toBe(status);
    return answer;
  };

  /** Raw: supertest would normalise the URL and does not know every method. */
  const answerTo = (line: string) =>
    new Promise<{ head: string; body: string }>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.end(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      });
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => {
        const [head = '', body = ''] = text.split('\r\n\r\n');
        resolve({ head: head.replaceAll('\r', ''), body });
      });
      socket.on('error', reject);
    });

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

  it("keeps the caller's request id if it is acceptable, else replaces it", async () => {
    const kept = await http().get('/api/baskets').set('x-request-id', 'order-66.a_b');
    expect(kept.headers['x-request-id']).toBe('order-66.a_b');
    const replaced = await http().get('/api/baskets').set('x-request-id', 'two words');
    expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sends strict security headers, and keeps API responses out of caches', async () => {
    const { headers } = await http().get('/api/baskets');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
  });

  it('sends services no headers for browsers', async () => {
    const { headers } = await http().get('/api/internal/baskets');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('content-security-policy');
  });

  it.each(['/recruiter/api', '/api/docs'])(
    'allows the page %s to write to the clipboard and nothing else',
    async (page) => {
      const { headers } = await http().get(page).set('accept', 'text/html');
      const allowed = headers['permissions-policy']!.split(', ').filter((feature) => !feature.endsWith('=()'));
      expect(allowed).toEqual(['clipboard-write=(self)']);
      expect(headers['permissions-policy']).toContain('camera=()');
      expect((await http().get('/api/baskets')).headers).not.toHaveProperty('permissions-policy');
    },
  );

  it('has no security.txt without a contact', async () => {
    await problemOf(http().get('/.well-known/security.txt'), 404, 'not_found');
  });

  it('serves its description at most 600 times a minute to one address', async () => {
    const from = (address: string) => (path: string) => http().get(path).set('x-forwarded-for', address);
    const [busy, quiet] = [from('192.0.2.1'), from('192.0.2.2')];
    for (let n = 0; n < 600; n++) await busy('/api/docs').expect(200);
    const script = '/api/docs/swagger-ui-init.js';
    for (const url of ['/api/docs', '/api/openapi.json', script, '/api/docs/swagger-ui.css']) {
      const { headers } = await problemOf(busy(url), 429, 'too_many_requests');
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      await quiet(url).expect(200);
    }
  });

  it('serves an OpenAPI 3.1 document with webhooks, and a page to read it', async () => {
    const { body } = await http().get('/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.webhooks)).toContain('application.created');
    expect(Object.keys(body.paths)).toContain('/api/baskets/{id}');
    const page = await http().get('/api/docs');
    expect(page.headers['content-type']).toMatch(/text\/html/);
    const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.text)?.[1];
    expect((await http().get(new URL(script!, 'http://x/api/docs').pathname)).status).toBe(200);
  });

  describe('the admin app', () => {
    it('is the target of /', async () => {
      const answer = await http().get('/');
      expect([answer.status, answer.headers.location]).toEqual([302, '/recruiter/api']);
    });

    it('answers every page with index.html, which is revalidated each time', async () => {
      const page = await http().get('/recruiter/api/deliveries/1?x=1').set('accept', 'text/html,*/*;q=0.8');
      expect(page.text).toContain('<title>admin</title>');
      expect(page.headers['cache-control']).toBe('no-cache');
      expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    });

    const CLIENTS: [name: string, method: 'get' | 'head', headers: Record<string, string>][] = [
      ['curl', 'get', { accept: '*/*', 'user-agent': 'curl/8.5.0' }],
      ['curl -I', 'head', { accept: '*/*', 'user-agent': 'curl/8.5.0' }],
      ['an uptime monitor', 'head', { 'user-agent': 'UptimeRobot/2.0' }],
      [
        'a link checker',
        'get',
        { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', 'user-agent': 'W3C-checklink' },
      ],
      [
        'a chat preview',
        'get',
        { accept: 'image/*,text/*;q=0.5', range: 'bytes=0-32768', 'user-agent': 'Slackbot-LinkExpanding 1.0' },
      ],
    ];

    it.each(CLIENTS)('is served to %s, with 404 for unknown pages', async (_name, method, headers) => {
      for (const path of ['/recruiter/api', '/recruiter/api/', '/recruiter/api/deliveries/1']) {
        const page = await http()[method](path).set(headers);
        expect([path, page.status < 300, page.headers['content-type']]).toEqual([
          path,
          true,
          expect.stringMatching(/html/),
        ]);
        if (method === 'get') expect(page.text).toContain('<title>admin</title>');
      }
      for (const path of ['/recruiter/api/nothing', '/nothing', '/recruiter/api/deliveries/1/more']) {
        expect([path, (await http()[method](path).set(headers)).status]).toEqual([path, 404]);
      }
    });

    it('shows its own page to browsers for unknown addresses', async () => {
      const page = await http().get('/recruiter/api/nothing').set('accept', 'text/html');
      expect([page.status, page.text]).toEqual([404, expect.stringContaining('<title>admin</title>')]);
    });

    it('lets browsers cache files with a hash in their name', async () => {
      const asset = await http().get('/assets/main-abc123.js');
      expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(asset.headers['content-type']).toMatch(/javascript/);
    });

    it('never answers with a page if a file or the API was requested', async () => {
      await problemOf(http().get('/assets/gone.js').set('accept', '*/*'), 404, 'not_found');
      await problemOf(http().get('/api/nothing').set('accept', 'text/html'), 404, 'not_found');
      await problemOf(http().get('/recruiter/api').set('accept', 'application/json'), 404, 'not_found');
    });
  });
});

describe('the HTTP application without a built admin app, behind https', () => {
  it('serves the API, requires https and serves security.txt', async () => {
    const app = await createHttpApp(BasketModule, {
      publicUrl: 'https://webhooks.example',
      securityContact: ['mailto:security@webhooks.example', 'https://webhooks.example/security'],
      adminDirectory: '/nonexistent',
      nest: { logger: false },
    });
    await app.listen(0, '127.0.0.1');
    try {
      const answer = await request(app.getHttpServer()).get('/api/baskets');
      expect(answer.status).toBe(200);
      expect(answer.headers['strict-transport-security']).toMatch(/max-age=31536000/);
      expect(answer.headers['content-security-policy']).toContain('upgrade-insecure-requests');
      expect((await request(app.getHttpServer()).get('/recruiter/api').set('accept', 'text/html')).status).toBe(404);
      const { headers, text } = await request(app.getHttpServer()).get('/.well-known/security.txt');
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      const expires = /^Expires: (.+)$/m.exec(text)?.[1];
      // RFC 9116, 2.5.5: in the future, by less than a year.
      const daysLeft = (Date.parse(expires!) - Date.now()) / 86_400_000;
      expect(daysLeft > 30 && daysLeft < 365).toBe(true);
      expect(text.split('\n')).toEqual([
        'Contact: mailto:security@webhooks.example',
        'Contact: https://webhooks.example/security',
        `Expires: ${expires}`,
        'Preferred-Languages: en',
        'Canonical: https://webhooks.example/.well-known/security.txt',
        '',
      ]);
    } finally {
      await app.close();
    }
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
