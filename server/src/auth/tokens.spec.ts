import { describe, expect, it } from '@jest/globals';
import { newToken, parseToken, sameHash, sha256 } from './tokens.js';

describe('tokens', () => {
  it('contain the id of their row', () => {
    const issued = newToken('svc');
    expect(issued.token).toMatch(/^bpoc_svc_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    expect(parseToken(issued.token)).toEqual({ kind: 'svc', id: issued.id, hash: issued.hash });
    expect(issued.last4).toBe(issued.token.slice(-4));
  });

  it('are not parsed in any other form', () => {
    const { token } = newToken('key');
    for (const text of [
      '',
      'bpoc_key_',
      token.slice(1),
      `${token} `,
      token.slice(0, -1),
      token.replace('key', 'adm'),
    ]) {
      expect(parseToken(text)).toBeNull();
    }
  });

  it('never repeat', () => {
    const tokens = Array.from({ length: 1000 }, () => newToken('key').token.slice(-43));
    expect(new Set(tokens).size).toBe(1000);
  });

  it('are compared whole', () => {
    expect(sameHash(sha256('a'), sha256('a'))).toBe(true);
    expect(sameHash(sha256('a'), sha256('b'))).toBe(false);
    expect(sameHash(sha256('a'), Buffer.alloc(0))).toBe(false);
  });
});
