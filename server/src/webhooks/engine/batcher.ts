/*
 * Collects the items that arrive while the previous statement runs and handles them as one batch. When idle an item
 * goes at once; under load the batches grow, so nothing needs tuning. Used by intake (events) and settle (attempts).
 */

export interface BatcherOptions<In, Out> {
  /** Handles one batch; results are in the same order. A rejection rejects every item of the batch. */
  run: (items: In[]) => Promise<Out[]>;
  maxItems: number;
  /** Batches running at the same time. */
  concurrency: number;
}

interface Waiting<In, Out> {
  item: In;
  resolve: (out: Out) => void;
  reject: (error: unknown) => void;
}

export class Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>;
  #waiting: Waiting<In, Out>[] = [];
  #running = 0;
  #scheduled = false;

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options;
  }

  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Deferred by one turn of the event loop, so that items of the same turn share a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#options.concurrency) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#running < this.#options.concurrency) void this.#runBatch();
    });
  }

  async #runBatch(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.maxItems);
    this.#running++;
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
