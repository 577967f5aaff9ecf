import { AppError } from '../lib/app-error.js';

interface Window {
  used: number;
  endsAt: number;
}

interface AttemptLimitOptions {
  /** Attempts in one window. */
  attempts: number;
  windowMs: number;
  now?: () => number;
}

/** With more, the oldest windows are dropped: an attacker with many addresses must not exhaust the memory. */
const MAX_KEYS = 50_000;

/**
 * Counts attempts per key in fixed windows, per process: with n replicas the effective limit is up to n times as high.
 * Call `take` before the work and `release` after a success: counting afterwards would let a thousand parallel guesses
 * through.
 */
export class AttemptLimit {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  constructor(private readonly options: AttemptLimitOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** How many attempts a key has made in its current window. */
  used(key: string): number {
    const window = this.#windows.get(key);
    return window && window.endsAt > this.#now() ? window.used : 0;
  }

  /** Counts one attempt. Throws AppError too_many_requests with `refusal`, a whole sentence, if there were too many. */
  take(key: string, refusal: string): void {
    const now = this.#now();
    let window = this.#windows.get(key);
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key);
      window = { used: 0, endsAt: now + this.options.windowMs };
      this.#windows.set(key, window);
      if (this.#windows.size > MAX_KEYS) this.#windows.delete(this.#windows.keys().next().value!);
    }
    if (window.used >= this.options.attempts) throw tooManyRequests(refusal, Math.ceil((window.endsAt - now) / 1000));
    window.used++;
  }

  /** Takes back one attempt. */
  release(key: string): void {
    const window = this.#windows.get(key);
    if (window && window.used > 0) window.used--;
  }

  clear(key: string): void {
    this.#windows.delete(key);
  }
}

/** A 429 with the wait in the message and as `Retry-After`. `what` is a whole sentence. */
export function tooManyRequests(what: string, waitSeconds: number): AppError {
  const wait = waitSeconds < 90 ? `${waitSeconds} seconds` : `${Math.ceil(waitSeconds / 60)} minutes`;
  return new AppError('too_many_requests', `${what} Try again in ${wait}.`, { retryAfterSeconds: waitSeconds });
}
