interface ConcurrencyLimitOptions {
  atOnce: number;
  /** With a longer queue work is refused. */
  maxWaiting: number;
  refusal: () => Error;
}

/** A first-in, first-out concurrency limit. */
export class ConcurrencyLimit {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly options: ConcurrencyLimitOptions) {}

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Rejects with the refusal if the queue is full. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, refusal } = this.options;
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= maxWaiting) throw refusal();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      // The next one takes over the slot.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** A concurrency limit for each key, such as an agency. */
export class ConcurrencyLimits {
  readonly #byKey = new Map<string, ConcurrencyLimit>();

  constructor(private readonly options: ConcurrencyLimitOptions) {}

  /** Rejects with the refusal if the queue of this key is full. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const limit = this.#byKey.get(key) ?? new ConcurrencyLimit(this.options);
    this.#byKey.set(key, limit);
    try {
      return await limit.run(work);
    } finally {
      if (limit.isIdle) this.#byKey.delete(key);
    }
  }
}
