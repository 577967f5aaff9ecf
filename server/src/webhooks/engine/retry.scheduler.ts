import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Changes } from './changes.js';
import { Dispatcher } from './dispatcher.js';
import type { Drained } from './drain.js';
import { DeliveryQueue } from './delivery-queue.js';
import { isDatabaseAway } from './database-faults.js';

/*
 * The scheduled retry service: wakes the dispatcher for what has become due, sweeps what is owed to webhooks that went off, and drains on
 * request of an external scheduler. The dispatcher polls by itself too; this is the beat that no lost nudge can stop.
 */

const WAKE_MS = 1_000;
const SWEEP_MS = 60_000;

@Injectable()
export class RetryScheduler {
  readonly #log = new Logger('RetryScheduler');
  #sweeping = false;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly queue: DeliveryQueue,
    private readonly changes: Changes,
  ) {}

  @Interval('webhook-retries', WAKE_MS)
  wake(): void {
    this.dispatcher.nudge();
  }

  /** Ends what is owed to webhooks that are off or deleted. */
  @Interval('webhook-sweep', SWEEP_MS)
  async sweep(): Promise<void> {
    // @Interval does not wait for the round before: two sweeps at once would only wait for each other's locks.
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      for (const agencyId of await this.queue.sweep()) this.changes.everything(agencyId);
    } catch (error) {
      if (!isDatabaseAway(error)) this.#log.error(error);
    } finally {
      this.#sweeping = false;
    }
  }

  /** Sweeps, then claims, sends and settles what is due; answers within `budgetMs`. Rejects when the database is away. */
  async drain(budgetMs: number): Promise<Drained> {
    const until = Date.now() + budgetMs;
    await this.sweep();
    return this.dispatcher.drainOnce(until - Date.now());
  }
}
