import { LRUCache } from 'lru-cache';
import type { Actor } from '../actor.js';

/** How long a verified key is trusted without a query, and a revoked one may still work in other processes. */
export const KEY_CACHE_MS = 10_000;
const MAX_KEYS = 1000;

/** The actors of recently verified keys, by hash. */
export class VerifiedKeys {
  readonly #actors;

  /** @param now Unix milliseconds; given only in tests */
  constructor(private readonly now: () => number = Date.now) {
    // Without a resolution of 0 it would read the time at most once a millisecond, and set a timer for that.
    this.#actors = new LRUCache<string, Actor>({ max: MAX_KEYS, ttlResolution: 0, perf: { now } });
  }

  get(hash: string): Actor | undefined {
    return this.#actors.get(hash);
  }

  set(hash: string, actor: Actor, expiresAt: Date | null): void {
    const ttlMs = Math.min(KEY_CACHE_MS, (expiresAt?.getTime() ?? Infinity) - this.now());
    // An entry is stale only after its ttl, and a ttl of 0 would mean for ever.
    if (ttlMs > 1) this.#actors.set(hash, actor, { ttl: ttlMs - 1 });
  }

  clear(): void {
    this.#actors.clear();
  }
}
