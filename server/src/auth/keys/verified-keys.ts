import { systemClock, type Clock } from '../lib/clock.js';

export interface ShortCacheOptions {
  ttlMs: number;
  maxEntries: number;
  clock?: Clock;
}

/** A small memory of answers that may be a little old. The oldest entry goes first when it is full. */
export class ShortCache<T> {
  readonly #entries = new Map<string, { value: T; until: number }>();
  readonly #clock: Clock;

  constructor(private readonly options: ShortCacheOptions) {
    this.#clock = options.clock ?? systemClock;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.until > this.#clock.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Remembers a value for the time to live, or until `notAfterMs` (milliseconds since 1970) when that is sooner. */
  set(key: string, value: T, notAfterMs = Infinity): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: Math.min(this.#clock.now() + this.options.ttlMs, notAfterMs) });
    if (this.#entries.size > this.options.maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
  }

  clear(): void {
    this.#entries.clear();
  }
}
