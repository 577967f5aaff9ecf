import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VerificationError, type VerificationCode } from './verification-error.js';
import { verify, type VerifyInput } from './verify.js';

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

function codeOf(input: VerifyInput): VerificationCode | 'accepted' {
  try {
    verify(input);
    return 'accepted';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

const simpleOnly = headersWithout('webhook-signature', 'webhook-id', 'webhook-timestamp');

describe('verify', () => {
  it.each(vectors)('accepts the published vector "$name" by both schemes', (vector) => {
    const message = verify(inputOf(vector));
    expect({ event: message.event, timestamp: message.timestamp, data: message.data }).toEqual(JSON.parse(vector.body));
    expect(message.id).toBe(vector.id);
    const simple = verify(inputOf(vector, { headers: { 'x-webhook-signature': vector['x-webhook-signature'] } }));
    expect(simple.event).toBe(message.event);
    expect(simple.id).toBeNull();
  });

  it('takes the body as string, Buffer or bytes, and headers in any spelling or as Headers', () => {
    const upper = Object.fromEntries(
      Object.entries(headersOf(first)).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    expect(codeOf(inputOf(first, { body: Buffer.from(first.body), headers: upper }))).toBe('accepted');
    const web = new Headers(headersOf(first));
    expect(codeOf(inputOf(first, { body: new TextEncoder().encode(first.body), headers: web }))).toBe('accepted');
  });

  it('accepts one of several secrets and one of several signatures, for a secret that is being changed', () => {
    const other = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
    expect(codeOf(inputOf(first, { secret: [other, first.secret] }))).toBe('accepted');
    const both = { ...headersOf(first), 'webhook-signature': `v1,AAAA ${first['webhook-signature']}` };
    expect(codeOf(inputOf(first, { headers: both }))).toBe('accepted');
  });

  it('refuses another secret and a changed body alike, because a signature cannot tell them apart', () => {
    const other = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
    const changed = first.body.replace('Maria', 'Mario');
    expect(codeOf(inputOf(first, { secret: other }))).toBe('signature_mismatch');
    expect(codeOf(inputOf(first, { body: changed }))).toBe('signature_mismatch');
    expect(codeOf(inputOf(first, { secret: other, headers: simpleOnly }))).toBe('signature_mismatch');
    expect(codeOf(inputOf(first, { body: changed, headers: simpleOnly }))).toBe('signature_mismatch');
  });

  it('says so when the body was parsed and written again on its way', () => {
    const pretty = JSON.stringify(JSON.parse(first.body), null, 2);
    expect(codeOf(inputOf(first, { body: pretty }))).toBe('body_rewritten');
    expect(codeOf(inputOf(first, { body: pretty, headers: simpleOnly }))).toBe('body_rewritten');
    expect(codeOf(inputOf(first, { body: JSON.parse(first.body) as string }))).toBe('body_not_raw');
  });

  it.each(['webhook-id', 'webhook-timestamp'])('refuses a request without %s', (name) => {
    expect(codeOf(inputOf(first, { headers: headersWithout(name) }))).toBe('missing_header');
  });

  it('refuses a request without any signature, and one with an empty or foreign one', () => {
    expect(codeOf(inputOf(first, { headers: {} }))).toBe('missing_header');
    for (const signature of ['', 'v1,', 'v2,abc', 'v1', first['x-webhook-signature']]) {
      const headers = { ...headersOf(first), 'webhook-signature': signature };
      expect(codeOf(inputOf(first, { headers }))).toBe('signature_mismatch');
    }
    expect(codeOf(inputOf(first, { headers: { 'x-webhook-signature': 'sha256=' } }))).toBe('signature_mismatch');
  });

  it('signs the id and the time too: another one is refused', () => {
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

  it('takes another tolerance', () => {
    expect(codeOf(inputOf(first, { now: (first.timestamp + 11) * 1000, toleranceSeconds: 10 }))).toBe('too_old');
  });

  it.each(['', 'whsec_', 'whsec_not base64'])('refuses the unusable secret %j by name', (secret) => {
    expect(codeOf(inputOf(first, { secret }))).toBe('bad_secret');
  });

  it('refuses a signed body that is not a message', () => {
    const body = '[1]';
    const signature = `sha256=${createHmac('sha256', first.secret).update(body).digest('hex')}`;
    expect(codeOf(inputOf(first, { body, headers: { 'x-webhook-signature': signature } }))).toBe('bad_body');
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
