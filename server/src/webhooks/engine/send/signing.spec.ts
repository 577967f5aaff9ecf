import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signingKeys, simpleSignature, standardSignature } from './signing.js';

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
