import { describe, expect, it } from '@jest/globals';
import { ShortCache } from './short-cache.js';

function cacheAt(start: number) {
  let now = start;
  const cache = new ShortCache<string>({ ttlMs: 10_000, maxEntries: 2, clock: { now: () => now } });
  return { cache, pass: (ms: number) => void (now += ms) };
}

describe('the memory of verified keys', () => {
  it('trusts a key for its time and then asks again', () => {
    const { cache, pass } = cacheAt(0);
    cache.set('a', 'anna');
    pass(9_999);
    expect(cache.get('a')).toBe('anna');
    pass(1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('never trusts a key beyond its expiry', () => {
    const { cache, pass } = cacheAt(0);
    cache.set('a', 'anna', 500);
    pass(499);
    expect(cache.get('a')).toBe('anna');
    pass(1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('stays small: the oldest goes first', () => {
    const { cache } = cacheAt(0);
    cache.set('a', '1');
    cache.set('b', '2');
    cache.set('a', '1');
    cache.set('c', '3');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
  });
});
