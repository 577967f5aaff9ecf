export interface TurnsOptions {
  /** Pieces of work at the same time. */
  atOnce: number;
  /** How many more may wait; the next is refused. */
  maxWaiting: number;
  refusal: () => Error;
}

/** Work that takes turns, first come, first served. */
export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly options: TurnsOptions) {}

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Does the work when its turn comes. Rejects with the refusal when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { atOnce, maxWaiting, refusal } = this.options;
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= maxWaiting) throw refusal();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      // Who waits takes over the place.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
