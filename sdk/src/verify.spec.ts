import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VerificationError, type VerificationCode } from './verification-error.js';
import type { VerifyInput } from './message.js';
import { verify, verifyLegacy } from './verify.js';
import { verify as verifyWeb } from './verify-web.js';

interface Vector {
  name: string;
  secret: string;
  id: string;
  timestamp: number;
  body: string;
  'x-webhook-signature': string;
  'webhook-signature': string;
}

const vectors = JSON.parse(readFileSync(new URL('./signature-vectors.json', import.meta.url), 'utf8')) as Vector[];
const first = vectors[0]!;

function headersOf(vector: Vector): Record<string, string> {
  return {
    'webhook-id': vector.id,
    'webhook-timestamp': String(vector.timestamp),
    'webhook-signature': vector['webhook-signature'],
    'x-webhook-signature': vector['x-webhook-signature'],
  };
}

function inputOf(vector: Vector, change: Partial<VerifyInput> = {}): VerifyInput {
  return {
    body: vector.body,
    secret: vector.secret,
    headers: headersOf(vector),
    now: vector.timestamp * 1000,
    ...change,
  };
}

function headersWithout(...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headersOf(first)).filter(([name]) => !names.includes(name)));
}

type Code = VerificationCode | 'accepted';

/** Every input of `verify` with its result; verify-web must return the same. */
const asked: { input: VerifyInput; code: Code }[] = [];

function codeOf(input: VerifyInput, check: (input: VerifyInput) => unknown = verify): Code {
  let code: Code = 'accepted';
  try {
    check(input);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    code = error.code;
  }
  if (check === verify) asked.push({ input, code });
  return code;
}

const simpleOnly = { 'x-webhook-signature': first['x-webhook-signature'] };

describe('verify', () => {
  it('checks at most five signatures, so that a sender cannot choose the amount of work', () => {
    const after = (others: number) => ({
      ...headersOf(first),
      'webhook-signature': `${'v1,AAAA '.repeat(others)}${first['webhook-signature'].split(' ')[0]}`,
    });
    expect(codeOf(inputOf(first, { headers: after(4) }))).toBe('accepted');
    expect(codeOf(inputOf(first, { headers: after(5) }))).toBe('signature_mismatch');
  });

  it.each(vectors)('accepts the published vector "$name"', (vector) => {
    const message = verify(inputOf(vector));
    expect({ event: message.event, timestamp: message.timestamp, data: message.data }).toEqual(JSON.parse(vector.body));
    expect(message.id).toBe(vector.id);
  });

  it('accepts the body as string, Buffer or bytes, and headers in any case or as Headers', () => {
    const upper = Object.fromEntries(
      Object.entries(headersOf(first)).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    expect(codeOf(inputOf(first, { body: Buffer.from(first.body), headers: upper }))).toBe('accepted');
    const web = new Headers(headersOf(first));
    expect(codeOf(inputOf(first, { body: new TextEncoder().encode(first.body), headers: web }))).toBe('accepted');
  });

  it('accepts one of several secrets and one of several signatures, for a rotation', () => {
    const other = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
    expect(codeOf(inputOf(first, { secret: [other, first.secret] }))).toBe('accepted');
    const both = { ...headersOf(first), 'webhook-signature': `v1,AAAA ${first['webhook-signature']}` };
    expect(codeOf(inputOf(first, { headers: both }))).toBe('accepted');
  });

  it('rejects another secret and a changed body with the same code, because a signature cannot tell which', () => {
    const other = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
    const changed = first.body.replace('Maria', 'Mario');
    expect(codeOf(inputOf(first, { secret: other }))).toBe('signature_mismatch');
    expect(codeOf(inputOf(first, { body: changed }))).toBe('signature_mismatch');
  });

  it('reports a body that was parsed and serialised again', () => {
    const pretty = JSON.stringify(JSON.parse(first.body), null, 2);
    expect(codeOf(inputOf(first, { body: pretty }))).toBe('body_rewritten');
    expect(codeOf(inputOf(first, { body: JSON.parse(first.body) as string }))).toBe('body_not_raw');
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('refuses a request without %s', (name) => {
    expect(codeOf(inputOf(first, { headers: headersWithout(name) }))).toBe('missing_header');
  });

  it('rejects a replayed body with x-webhook-signature alone, under any id', () => {
    const now = (first.timestamp + 86_400) * 1000;
    expect(codeOf(inputOf(first, { now, headers: simpleOnly }))).toBe('missing_header');
    expect(codeOf(inputOf(first, { now, headers: { ...simpleOnly, 'webhook-id': 'new' } }))).toBe('missing_header');
  });

  it('rejects a missing, empty or foreign signature', () => {
    expect(codeOf(inputOf(first, { headers: {} }))).toBe('missing_header');
    for (const signature of ['', 'v1,', 'v2,abc', 'v1', first['x-webhook-signature']]) {
      const headers = { ...headersOf(first), 'webhook-signature': signature };
      expect(codeOf(inputOf(first, { headers }))).toBe('signature_mismatch');
    }
  });

  it('rejects another id or time, which are signed too', () => {
    for (const change of [{ 'webhook-id': 'other' }, { 'webhook-timestamp': String(first.timestamp + 1) }]) {
      expect(codeOf(inputOf(first, { headers: { ...headersOf(first), ...change } }))).toBe('signature_mismatch');
    }
    const odd = { ...headersOf(first), 'webhook-timestamp': 'NaN' };
    expect(codeOf(inputOf(first, { headers: odd }))).toBe('bad_header');
  });

  it.each([
    [299, 'accepted'],
    [300, 'accepted'],
    [302, 'too_old'],
    [-300, 'accepted'],
    [-302, 'too_new'],
  ])('a message signed %i s ago is %s', (age, code) => {
    expect(codeOf(inputOf(first, { now: (first.timestamp + age) * 1000 }))).toBe(code);
  });

  it('accepts another tolerance', () => {
    expect(codeOf(inputOf(first, { now: (first.timestamp + 11) * 1000, toleranceSeconds: 10 }))).toBe('too_old');
  });

  it('rejects everything when the tolerance is not a number', () => {
    for (const age of [-1, 1]) {
      const now = (first.timestamp + age) * 1000;
      expect(codeOf(inputOf(first, { now, toleranceSeconds: Number(undefined) }))).toMatch(/^too_/);
    }
  });

  it.each(['', 'whsec_', 'whsec_not base64'])('refuses the unusable secret %j by name', (secret) => {
    expect(codeOf(inputOf(first, { secret }))).toBe('bad_secret');
  });

  it.each([undefined, [], [undefined]])('refuses the secret %j of a missing setting', (secret) => {
    const input = inputOf(first, { secret: secret as unknown as string, headers: {} });
    expect([codeOf(input), codeOf(input, verifyLegacy)]).toEqual(['bad_secret', 'bad_secret']);
  });

  it('rejects a signed body that is not a message', () => {
    const body = '[1]';
    const key = Buffer.from(first.secret.slice(6), 'base64');
    const signed = createHmac('sha256', key).update(`${first.id}.${first.timestamp}.${body}`).digest('base64');
    const headers = { ...headersOf(first), 'webhook-signature': `v1,${signed}` };
    expect(codeOf(inputOf(first, { body, headers }))).toBe('bad_body');
  });

  it('never puts the secret or the expected signature into the error', () => {
    try {
      verify(inputOf(first, { body: 'x' }));
      throw new Error('was accepted');
    } catch (error) {
      expect(String(error)).not.toContain(first.secret.slice(6));
      expect(String(error)).not.toContain(first['webhook-signature'].slice(3));
    }
  });
});

describe('verifyLegacy', () => {
  const legacy = (change: Partial<VerifyInput>) =>
    codeOf(inputOf(first, { headers: simpleOnly, ...change }), verifyLegacy);

  it.each(vectors)('accepts the published vector "$name" by x-webhook-signature alone', (vector) => {
    const headers = { 'x-webhook-signature': vector['x-webhook-signature'], 'webhook-id': 'not signed' };
    expect(verifyLegacy(inputOf(vector, { headers }))).toEqual(JSON.parse(vector.body));
  });

  it('rejects another secret, a changed body, and another or no signature', () => {
    expect(legacy({ secret: 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=' })).toBe('signature_mismatch');
    expect(legacy({ body: first.body.replace('Maria', 'Mario') })).toBe('signature_mismatch');
    expect(legacy({ body: JSON.stringify(JSON.parse(first.body), null, 2) })).toBe('body_rewritten');
    expect(legacy({ headers: { 'x-webhook-signature': 'sha256=' } })).toBe('signature_mismatch');
    expect(legacy({ headers: headersWithout('x-webhook-signature') })).toBe('missing_header');
  });
});

describe('verify-web', () => {
  it.each(vectors)('accepts the published vector "$name"', async (vector) => {
    expect(await verifyWeb(inputOf(vector))).toEqual(verify(inputOf(vector)));
  });

  it('gives the same results as verify for everything above', async () => {
    const answers = await Promise.all(
      asked.map(({ input }) =>
        verifyWeb(input).then(
          () => 'accepted',
          (error: unknown) => (error instanceof VerificationError ? error.code : error),
        ),
      ),
    );
    expect(answers).toEqual(asked.map(({ code }) => code));
    expect(new Set(answers).size).toBe(10);
  });
});
