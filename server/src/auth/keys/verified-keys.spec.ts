import { describe, expect, it } from '@jest/globals';
import type { Actor } from '../actor.js';
import { KEY_CACHE_MS, VerifiedKeys } from './api-keys.service.js';

const START = 1_000_000;
const ANNA = { name: 'anna' } as Actor;

function newCache() {
  let now = START;
  return { cache: new VerifiedKeys(() => now), pass: (ms: number) => void (now += ms) };
}

describe('VerifiedKeys', () => {
  it('trusts a key for its time', () => {
    const { cache, pass } = newCache();
    cache.set('a', ANNA, null);
    pass(KEY_CACHE_MS - 1);
    expect(cache.get('a')).toBe(ANNA);
    pass(1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('never trusts a key beyond its expiry', () => {
    const { cache, pass } = newCache();
    cache.set('a', ANNA, new Date(START + 500));
    pass(499);
    expect(cache.get('a')).toBe(ANNA);
    pass(1);
    expect(cache.get('a')).toBeUndefined();
    for (const since of [0, 1, 1_000]) {
      cache.set('b', ANNA, new Date(START + 500 - since));
      expect(cache.get('b')).toBeUndefined();
    }
  });

  it('stays small: the least recently used goes first', () => {
    const { cache } = newCache();
    const hashes = Array.from({ length: 1001 }, (_, n) => `hash ${n}`);
    for (const hash of hashes.slice(0, 1000)) cache.set(hash, ANNA, null);
    cache.get(hashes[0]!);
    cache.set(hashes[1000]!, ANNA, null);
    expect(hashes.filter((hash) => cache.get(hash) === undefined)).toEqual([hashes[1]]);
  });
});
