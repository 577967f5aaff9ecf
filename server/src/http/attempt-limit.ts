import { AppError } from '../lib/app-error.js';
import { systemClock, type Clock } from '../lib/clock.js';

interface Window {
  used: number;
  endsAt: number;
}

export interface AttemptLimitOptions {
  /** Attempts in one window. */
  attempts: number;
  windowMs: number;
  clock?: Clock;
}

/** Beyond this many keys the oldest are forgotten: an attacker with many addresses must not fill the memory. */
const MAX_KEYS = 50_000;

/**
 * Counts attempts per key in fixed windows, in this process alone: with n replicas somebody gets up to n times as many.
 * Take before the work and give back after a success: counting only afterwards would let a thousand parallel guesses through.
 */
export class AttemptLimit {
  readonly #windows = new Map<string, Window>();
  readonly #clock: Clock;

  constructor(private readonly options: AttemptLimitOptions) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Attempts of a key in its window. */
  used(key: string): number {
    const window = this.#windows.get(key);
    return window && window.endsAt > this.#clock.now() ? window.used : 0;
  }

  /** Counts one attempt. Returns 0 when it may go on, else the seconds to wait. */
  take(key: string): number {
    const now = this.#clock.now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key);
      window = { used: 0, endsAt: now + this.options.windowMs };
      this.#windows.set(key, window);
      if (this.#windows.size > MAX_KEYS) this.#windows.delete(this.#windows.keys().next().value!);
    }
    if (window.used >= this.options.attempts) return Math.ceil((window.endsAt - now) / 1000);
    window.used++;
    return 0;
  }

  /** Takes one attempt back: it was none. */
  giveBack(key: string): void {
    const window = this.#windows.get(key);
    if (window && window.used > 0) window.used--;
  }

  /** Forgets all attempts of a key. */
  clear(key: string): void {
    this.#windows.delete(key);
  }
}

/** The 429 with its waiting time, in words and as `Retry-After`. `what` is a whole sentence. */
export function tooManyRequests(what: string, waitSeconds: number): AppError {
  const wait = waitSeconds < 90 ? `${waitSeconds} seconds` : `${Math.ceil(waitSeconds / 60)} minutes`;
  return new AppError('too_many_requests', `${what} Try again in ${wait}.`, { retryAfterSeconds: waitSeconds });
}
