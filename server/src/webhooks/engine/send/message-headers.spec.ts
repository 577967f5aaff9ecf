import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  describedHeaders,
  messageHeaders,
  RELEASE,
  signingKeys,
  simpleSignature,
  standardSignature,
} from './message-headers.js';

const delivery = {
  deliveryId: 'd',
  agencyId: 'a',
  webhookId: 'w',
  version: 1,
  eventId: 'e',
  eventType: 'offer.sent',
  body: '{}',
  test: false,
  attempt: 1,
  failures: 0,
  interruptions: 0,
  logged: false,
  held: null,
  turn: null,
  group: null,
  token: 't',
};
const current = signingKeys(`whsec_${Buffer.alloc(32).toString('base64')}`);

const CONFIG = {
  tool: null,
  version: 1,
  url: 'https://hooks.example/',
  retryPlan: 'standard' as const,
  current,
  previous: null,
};

/** Every `accept` header of a message of a webhook with these custom headers. */
function acceptOf(headers: Record<string, string>): string[] {
  const headerNames = Object.keys(headers);
  const config = { ...CONFIG, headers, headerNames };
  const { sent } = messageHeaders(delivery, config, 0);
  return Object.entries(sent).flatMap(([name, value]) => (name.toLowerCase() === 'accept' ? [value] : []));
}

it('a message accepts any response type, unless the custom headers name some', () => {
  expect(acceptOf({})).toEqual(['*/*']);
  expect(acceptOf({ 'X-Key': 'k' })).toEqual(['*/*']);
  expect(acceptOf({ Accept: 'application/json' })).toEqual(['application/json']);
});

it('the log describes the headers that were sent, without secrets', () => {
  const headers = { 'X-Key': 'secret', Accept: 'application/json' };
  const headerNames = Object.keys(headers);
  const { sent, signedAt, signatures } = messageHeaders(
    { ...delivery, attempt: 3, test: true },
    { ...CONFIG, headers, headerNames, previous: { ...current, untilMs: 2_000_000, switched: true } },
    1_234_567,
  );
  const kept = { n: 3, release: RELEASE, signed_at: signedAt, signatures, kind: 'endpoint' as const };
  const described = describedHeaders({ ...delivery, test: true }, kept, headerNames);
  const masked = (value: string) => value.replaceAll(/(v1,|sha256=)\S+/g, '$1…');
  expect(described).toEqual({
    ...Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, masked(value)])),
    'X-Key': '…',
    Accept: '…',
  });
  expect(described).toMatchObject({ 'webhook-timestamp': '1234', 'webhook-signature': 'v1,… v1,…' });
});

interface Vector {
  name: string;
  secret: string;
  id: string;
  timestamp: number;
  body: string;
  'x-webhook-signature': string;
  'webhook-signature': string;
}

const vectors = JSON.parse(readFileSync(new URL('signature-vectors.json', import.meta.url), 'utf8')) as Vector[];

describe('signatures', () => {
  it.each(vectors)('agree with the published vector "$name"', (vector) => {
    const keys = signingKeys(vector.secret);
    expect(simpleSignature(keys, vector.body)).toBe(vector['x-webhook-signature']);
    expect(standardSignature(keys, vector)).toBe(vector['webhook-signature']);
  });

  it('satisfy the official Standard Webhooks library', () => {
    const { secret, body } = vectors[1]!;
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': standardSignature(signingKeys(secret), { id: 'msg_1', timestamp, body }),
    };
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow(/signature/i);
  });
});
