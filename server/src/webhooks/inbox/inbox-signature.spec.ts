import { describe, expect, it } from '@jest/globals';
import { signingKeys, simpleSignature, standardSignature } from '../engine/send/message-headers.js';
import { verifySignature } from './inbox-signature.js';

const NOW_MS = 1_700_000_000_000;
const keysOf = (text: string) => ({ ...signingKeys(`whsec_${Buffer.from(text).toString('base64')}`), last4: 'test' });
const [current, old] = [keysOf('current'), keysOf('old')];
const message = { id: 'e1', timestamp: NOW_MS / 1000, body: '{}' };
const right = standardSignature(current, message);
const wrong = (count: number) => Array.from({ length: count }, (_, n) => `v1,${n}`);

function verdict(headers: Record<string, string>, previousUntilMs = 0): string {
  const config = { current, previous: { ...old, untilMs: previousUntilMs, switched: false } };
  const received = { headers: { 'webhook-id': 'e1', 'webhook-timestamp': '1700000000', ...headers }, body: '{}' };
  return verifySignature(received, [{ webhookId: 'w1', config }], NOW_MS).verdict;
}

describe('the signature of what arrived at a test inbox', () => {
  it('is valid among at most five', () => {
    expect(verdict({ 'webhook-signature': [...wrong(4), right].join(' ') })).toBe('valid');
    expect(verdict({ 'webhook-signature': wrong(5).join(' ') })).toBe('invalid');
  });

  it('is invalid among more than five, at any position', () => {
    expect(verdict({ 'webhook-signature': [right, ...wrong(5)].join(' ') })).toBe('invalid');
    expect(verdict({ 'webhook-signature': [...wrong(7_800), right].join(' ') })).toBe('invalid');
    expect(verdict({ 'webhook-signature': `${right}     ` })).toBe('invalid');
  });

  it('may be of the previous secret while that still signs', () => {
    const before = { 'webhook-signature': standardSignature(old, message) };
    expect(verdict(before, NOW_MS + 1)).toBe('valid');
    expect(verdict(before, NOW_MS)).toBe('invalid');
  });

  it('must be valid in both headers when both are present', () => {
    const simple = simpleSignature(current, '{}');
    expect(verdict({ 'x-webhook-signature': simple })).toBe('valid');
    expect(verdict({ 'x-webhook-signature': simple, 'webhook-signature': right })).toBe('valid');
    expect(verdict({ 'x-webhook-signature': simple, 'webhook-signature': 'v1,x' })).toBe('invalid');
    expect(verdict({ 'x-webhook-signature': 'sha256=00', 'webhook-signature': right })).toBe('invalid');
    expect(verdict({})).toBe('unknown');
  });
});
