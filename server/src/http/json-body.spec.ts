import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsEmail, IsOptional } from 'class-validator';
import { BlockedTime } from '../../test/blocked-time.js';
import { createHttpApp } from '../http-app.js';
import type { Problem } from './problem.js';

class Known {
  @IsOptional()
  @IsEmail()
  email?: string;
}

@Controller()
class EchoController {
  @Post('api/things')
  @HttpCode(200)
  thing(@Body() body: unknown) {
    return { body };
  }

  @Post('api/internal/events/echo')
  @HttpCode(200)
  publish(@Body() body: unknown) {
    return { body };
  }

  @Post('inbox/:token')
  @HttpCode(200)
  receive(@Body() body: unknown) {
    return { body };
  }

  @Post('api/auth/login')
  login(@Body() body: Known) {
    return body;
  }

  @Post('api/known')
  known(@Body() body: Known) {
    return body;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const THINGS = '/api/things';
const LOGIN = '/api/auth/login';
/** The bounds of publishing. */
const PUBLISH = '/api/internal/events/echo';
const JSON_TYPE = { 'content-type': 'application/json' };

let app: NestFastifyApplication;
let origin: string;

beforeAll(async () => {
  app = await createHttpApp(EchoModule, { publicUrl: null, adminDirectory: '/nonexistent', nest: { logger: false } });
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});
afterAll(() => app.close());

async function post(url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const asked = { method: 'POST', body: payload, headers: { ...JSON_TYPE, ...headers } };
  const answer = await fetch(`${origin}${url}`, asked);
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) as Problem & { body: unknown } };
}

/** `[status, code, field, field code]` */
async function refusal(url: string, payload: string | Buffer, headers?: Record<string, string>) {
  const { status, body } = await post(url, payload, headers);
  const error = body.errors?.[0];
  return [status, body.code, ...(error ? [error.field, error.code] : [])];
}

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]));
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('the body of a request', () => {
  it.each([THINGS, LOGIN, PUBLISH, '/inbox/x'])('must be valid UTF-8 at %s', async (url) => {
    const { status, body } = await post(url, Buffer.from('{"name":"José"}', 'latin1'));
    expect([status, body.code]).toEqual([400, 'invalid_json']);
    expect(body.detail).toContain('UTF-8');
    const declared = { 'content-type': 'application/json; charset=iso-8859-1' };
    expect(await refusal(url, '{}', declared)).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('may declare charset=%s', async (charset) => {
    const { body } = await post(THINGS, '{"name":"José"}', { 'content-type': `application/json; charset=${charset}` });
    expect(body.body).toEqual({ name: 'José' });
  });

  it.each(['gzip', 'br', 'deflate, gzip'])('must not be compressed with %s', async (encoding) => {
    const { status, body } = await post(THINGS, Buffer.from([31, 139, 8]), { 'content-encoding': encoding });
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
    expect(body.detail).toContain(encoding);
    expect((await post(THINGS, '{}', { 'content-encoding': 'identity' })).status).toBe(200);
  });

  it('has at most 200 members in an object', async () => {
    expect((await post(THINGS, JSON.stringify({ a: [members(200)] }))).status).toBe(200);
    const wide = JSON.stringify({ a: [1, { b: members(201) }] });
    expect(await refusal(THINGS, wide)).toEqual([400, 'validation_failed', 'a.1.b', 'too_many']);
  });

  it('has at most 1,000 elements in an array', async () => {
    const list = (count: number) => JSON.stringify({ ids: Array.from({ length: count }, () => 'x') });
    expect((await post(THINGS, list(1000))).status).toBe(200);
    expect(await refusal(THINGS, list(1001))).toEqual([400, 'validation_failed', 'ids', 'too_many']);
  });

  it('has at most 16 levels', async () => {
    expect((await post(THINGS, nested(16))).status).toBe(200);
    const field = 'a.'.repeat(16).slice(0, -1);
    expect(await refusal(THINGS, nested(17))).toEqual([400, 'validation_failed', field, 'too_deep']);
    expect(await refusal(LOGIN, '['.repeat(10_000))).toMatchObject([400, 'validation_failed', {}, 'too_deep']);
  });

  it('has at most 20,000 values', async () => {
    const rows = Array.from({ length: 30 }, () => Array.from({ length: 999 }, () => 0));
    expect(await refusal(THINGS, JSON.stringify(rows))).toEqual([400, 'validation_failed', '', 'too_many']);
  });

  it.each([
    [LOGIN, 16 * 1024],
    ['/api/unknown', 16 * 1024],
    [THINGS, 1024 * 1024],
    [PUBLISH, 8 * 1024 * 1024],
    ['/inbox/x', 256 * 1024],
  ])('of %s has at most %i bytes', async (url, bytes) => {
    const frame = '{"a":""}'.length;
    const fits = JSON.stringify({ a: 'x'.repeat(bytes - frame) });
    expect((await post(url, fits)).status).not.toBe(413);
    expect(await refusal(url, `${fits} `)).toEqual([413, 'body_too_large']);
  });

  it.each(['9007199254740993', '-12345678901234567890', '1e999', '1e-400', '0.12345678901234567890', '9'.repeat(400)])(
    'cannot contain a number that a double does not represent exactly: %s',
    async (number) => {
      const text = `{"data":[{"seconds":${number}}]}`;
      expect(await refusal(PUBLISH, text)).toEqual([400, 'validation_failed', 'data.0.seconds', 'inexact']);
    },
  );

  it.each(['9007199254740991', '-0.5', '1.50', '1e3', '0.30000000000000004', '1.7976931348623157e308', '5e-324'])(
    'may contain the number %s',
    async (number) => {
      expect((await post(THINGS, `[${number}]`)).body.body).toEqual([Number(number)]);
    },
  );

  it('cannot contain unstorable text, except in an event, whose JSON is stored as sent', async () => {
    for (const text of ['\\ud800', 'a\\uDFFF\\uD800', '\\u0000', '\\ud83d\\u0041']) {
      const refused = [400, 'validation_failed', 'a.0', 'unstorable'];
      expect(await refusal(THINGS, `{"a":["${text}"]}`)).toEqual(refused);
      expect(await refusal(LOGIN, `{"${text}":1}`)).toMatchObject([400, 'validation_failed', {}, 'unstorable']);
      expect((await post(PUBLISH, `{"a":"${text}"}`)).status).toBe(200);
    }
    const email = '{"email":"a\\ud800@b.example"}';
    expect(await refusal(LOGIN, email)).toEqual([400, 'validation_failed', 'email', 'unstorable']);
    expect((await post(THINGS, '{"a":"\\ud83d\\ude00 \\\\ud800"}')).body.body).toEqual({ a: '😀 \\ud800' });
  });

  it.each(['{"a":{"__proto__":{}}}', '{"\\u005f_proto__":1}', '[{"constructor":{"prototype":{}}}]'])(
    'cannot contain a key that reaches a prototype: %s',
    async (text) => {
      for (const url of [THINGS, PUBLISH]) {
        const { status, body } = await post(url, text);
        expect([status, body.code]).toEqual([400, 'invalid_json']);
        expect(body.detail).toMatch(/__proto__|constructor\.prototype/);
        expect(body.detail).not.toContain('not valid JSON');
      }
    },
  );

  it('may begin with a byte order mark', async () => {
    expect((await post(THINGS, '\uFEFF{"a":1}')).body.body).toEqual({ a: 1 });
  });

  it('may contain any other key', async () => {
    const text = '{"constructor":"x","prototype":1,"a":"__proto__","proto_type":{"__prot__":1}}';
    expect(JSON.stringify((await post(THINGS, text)).body.body)).toBe(text);
  });

  it.each(['{', '{"a":1}}', '[1,]', "{'a':1}", '"\\ud80"', '"', '{"a":01}', 'NaN', '[1e]', ']['])(
    'must be JSON: %s is not',
    async (text) => {
      expect(await refusal(THINGS, text)).toEqual([400, 'invalid_json']);
    },
  );
});

describe('an error response', () => {
  it('lists at most 50 fields and states how many more there are', async () => {
    const { body } = await post(LOGIN, JSON.stringify(members(200)));
    expect(body.errors).toHaveLength(50);
    expect(body.detail).toContain('199 more');
  });

  it('is at most 64 KiB, however long the field names', async () => {
    const long = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}${'\u0001'.repeat(1500)}`, 1]));
    for (const body of [long, { ['x'.repeat(900_000)]: 1 }, { a: { ['ü'.repeat(400_000)]: members(300) } }]) {
      const { status, text } = await post('/api/known', JSON.stringify(body));
      expect(status).toBe(400);
      expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    }
  });

  // A generous limit: on a quiet machine each takes a few milliseconds. Without bounds the first takes a minute.
  it('to a hostile body does not block the event loop', async () => {
    const blocked = new BlockedTime();
    const many = JSON.stringify(members(60_000));
    const pairs = `[${Array.from({ length: 900 }, () => `[${'{},'.repeat(300)}{}]`).join(',')}]`;
    const longKey = `{"${'k'.repeat(900_000)}":{${'"prototype":1,'.repeat(190)}"a":1}}`;
    const costly = [many, pairs, '['.repeat(1e6), `[${'0,'.repeat(5e5)}0]`, longKey, `["${'\\'.repeat(9e5)}`];
    for (const url of [LOGIN, '/api/known', PUBLISH])
      for (const text of costly) await blocked.during(() => post(url, text));
    expect(blocked.longestMs).toBeLessThan(1000);
  });
});
