/*
 * Collects the items that arrive while the previous statement runs and handles them as one batch. An idle batcher
 * handles an item at once; under load the batches grow, so nothing needs tuning.
 */

interface BatcherOptions<In, Out> {
  /** Handles one batch; results are in the same order. A rejection rejects every item of the batch. */
  run: (items: In[]) => Promise<Out[]>;
  maxItems: number;
  /** Batches running at the same time. */
  concurrency: number;
  /**
   * Items that may wait for others: while there are only such items, a batch starts when there are `items` of them, or
   * `ms` after the first. Default: none may wait.
   */
  linger?: { mayWait: (item: In) => boolean; items: number; ms: number };
}

interface Waiting<In, Out> {
  item: In;
  mayWait: boolean;
  /** Of `add`. */
  answer?: { resolve: (out: Out) => void; reject: (error: unknown) => void };
}

export class Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>;
  #waiting: Waiting<In, Out>[] = [];
  /** How many of them may not wait for others. */
  #urgent = 0;
  #running = 0;
  #scheduled = false;
  #lingering: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options;
  }

  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => this.#take(item, { resolve, reject }));
  }

  /** As `add`, without a result, for a `run` that never rejects. */
  push(item: In): void {
    this.#take(item);
  }

  #take(item: In, answer?: Waiting<In, Out>['answer']): void {
    const mayWait = this.#options.linger?.mayWait(item) ?? false;
    this.#waiting.push(answer ? { item, mayWait, answer } : { item, mayWait });
    if (!mayWait) this.#urgent++;
    this.#schedule();
  }

  /** Starts a batch in the next turn of the event loop, so that items of the same turn share it. */
  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#options.concurrency) return;
    const { linger } = this.#options;
    if (linger && this.#urgent === 0 && this.#waiting.length < linger.items) {
      this.#lingering ??= setTimeout(() => this.#runBatches(), linger.ms);
      return;
    }
    this.#scheduled = true;
    setImmediate(() => this.#runBatches());
  }

  #runBatches(): void {
    this.#scheduled = false;
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    while (this.#waiting.length > 0 && this.#running < this.#options.concurrency) void this.#runBatch();
  }

  async #runBatch(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.maxItems);
    for (const { mayWait } of batch) if (!mayWait) this.#urgent--;
    this.#running++;
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      batch.forEach(({ answer }, index) => answer?.resolve(results[index]!));
    } catch (error) {
      for (const { answer } of batch) answer?.reject(error);
    } finally {
      this.#running--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
