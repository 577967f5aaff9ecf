import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Dispatcher } from './dispatcher.js';
import type { Drained } from './drain.js';
import { OwedDrops } from './owed-drops.js';

/*
 * The scheduled retry service: wakes the dispatcher for what has become due, sweeps what is owed to webhooks that went off, and drains on
 * request of an external scheduler. The dispatcher polls by itself too; this is the beat that no lost nudge can stop.
 */

const WAKE_MS = 1_000;
const SWEEP_MS = 60_000;

@Injectable()
export class RetryScheduler {
  #sweeping = false;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly drops: OwedDrops,
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
    await this.drops.sweep();
    this.#sweeping = false;
  }

  /** Sweeps, then claims, sends and settles what is due; answers within `budgetMs`. Rejects when the database is away. */
  async drain(budgetMs: number): Promise<Drained> {
    const until = Date.now() + budgetMs;
    await this.sweep();
    return this.dispatcher.drainOnce(until - Date.now());
  }
}
