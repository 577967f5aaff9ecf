import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkMessage, cleanSecret, readHeaders, sign } from './signature';

interface Vector {
  name: string;
  secret: string;
  id: string;
  timestamp: number;
  body: string;
  'x-webhook-signature': string;
  'webhook-signature': string;
}

/** The vectors with which the server's signatures are tested. */
const vectors = JSON.parse(
  readFileSync(new URL('../../../server/src/webhooks/engine/send/signature-vectors.json', import.meta.url), 'utf8'),
) as Vector[];

const vector = vectors[0]!;
const receivedAt = vector.timestamp * 1000 + 2_000;
const OTHER_SECRET = 'whsec_b3RoZXIgc2VjcmV0IG9mIGV4YWN0bHkgMzIgYnl0ZXM=';

function headersOf(one: Vector): string {
  return [
    `webhook-id: ${one.id}`,
    `webhook-timestamp: ${one.timestamp}`,
    `webhook-signature: ${one['webhook-signature']}`,
    `X-Webhook-Signature: ${one['x-webhook-signature']}`,
  ].join('\n');
}

const message = { headers: headersOf(vector), body: vector.body, secret: vector.secret };

describe('checking a signature in the browser', () => {
  it.each(vectors)('agrees with what the server signs ("$name")', async (one) => {
    const made = await sign(one.secret, { id: one.id, timestamp: String(one.timestamp), body: one.body });
    expect(made).toEqual({ simple: one['x-webhook-signature'], standard: one['webhook-signature'] });
    const pasted = { headers: headersOf(one), body: one.body, secret: one.secret };
    expect(await checkMessage(pasted, one.timestamp * 1000)).toEqual({
      kind: 'valid',
      fits: ['webhook-signature', 'x-webhook-signature'],
    });
  });

  it.each([
    ['spaces around it', ` ${vector.secret}\n`],
    ['quotes', `"${vector.secret}"`],
    ['a line of a .env file', `BPOC_WEBHOOK_SECRET=${vector.secret}`],
  ])('takes a secret with %s', (_what, pasted) => {
    expect(cleanSecret(pasted)).toBe(vector.secret);
  });

  it('detects a wrong secret when the body is written as we write it', async () => {
    const verdict = await checkMessage({ ...message, secret: OTHER_SECRET }, receivedAt);
    expect(verdict).toEqual({ kind: 'nothing_fits', bodyLooksUntouched: true });
  });

  it('does not claim to know when both may be wrong', async () => {
    const verdict = await checkMessage({ ...message, body: '{ "event": "x" }', secret: OTHER_SECRET }, receivedAt);
    expect(verdict).toEqual({ kind: 'nothing_fits', bodyLooksUntouched: false });
  });

  it.each([
    ['reformatted', JSON.stringify(JSON.parse(vector.body), null, 2)],
    ['given a new line at its end', `${vector.body}\n`],
  ])('detects a body that was %s', async (_what, body) => {
    expect(await checkMessage({ ...message, body }, receivedAt)).toEqual({ kind: 'body_changed' });
  });

  it('reports by how much the clock is off, in either direction', async () => {
    const late = await checkMessage(message, vector.timestamp * 1000 + 420_000);
    expect(late).toEqual({
      kind: 'clock',
      fits: ['webhook-signature', 'x-webhook-signature'],
      ageSeconds: 420,
    });
    const early = await checkMessage(message, vector.timestamp * 1000 - 420_000);
    expect(early).toMatchObject({ kind: 'clock', ageSeconds: -420 });
  });

  it('reports which headers are missing', async () => {
    expect(await checkMessage({ ...message, headers: 'content-type: application/json' }, receivedAt)).toEqual({
      kind: 'headers_missing',
      names: ['webhook-signature', 'x-webhook-signature'],
    });
    const headers = `webhook-signature: ${vector['webhook-signature']}`;
    expect(await checkMessage({ ...message, headers }, receivedAt)).toEqual({
      kind: 'headers_missing',
      names: ['webhook-id', 'webhook-timestamp'],
    });
  });

  it('accepts the simple signature alone', async () => {
    const headers = `x-webhook-signature: ${vector['x-webhook-signature']}`;
    expect(await checkMessage({ ...message, headers }, receivedAt)).toEqual({
      kind: 'valid',
      fits: ['x-webhook-signature'],
    });
  });

  it('reports a timestamp that is not the one that was sent', async () => {
    const headers = headersOf({ ...vector, timestamp: vector.timestamp + 1 });
    expect(await checkMessage({ ...message, headers }, receivedAt)).toEqual({ kind: 'id_or_timestamp_changed' });
  });

  it('finds its signature among those of two secrets', async () => {
    const headers = headersOf(vector).replace('v1,', `v1,AAAA${'A'.repeat(39)}= v1,`);
    expect(await checkMessage({ ...message, headers }, receivedAt)).toMatchObject({ kind: 'valid' });
  });

  it('recognises headers from the log, and an invalid secret', async () => {
    const headers = headersOf({ ...vector, 'x-webhook-signature': 'sha256=…' });
    expect(await checkMessage({ ...message, headers }, receivedAt)).toEqual({ kind: 'headers_cut' });
    expect(await checkMessage({ ...message, secret: 'hunter2' }, receivedAt)).toEqual({ kind: 'not_a_secret' });
  });

  it('reads headers as tools print them', () => {
    expect([...readHeaders("> Webhook-Id: e1\n-H 'webhook-timestamp: 12' \\\nnonsense")]).toEqual([
      ['webhook-id', 'e1'],
      ['webhook-timestamp', '12'],
    ]);
    expect(readHeaders('{"Webhook-Id": "e1"}').get('webhook-id')).toBe('e1');
  });
});
