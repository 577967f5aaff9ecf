import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Loop } from '../../health/loop.js';
import { Loops } from '../../health/loops.js';
import { withTimeout } from '../../lib/with-timeout.js';
import { Dispatcher } from './dispatcher.js';
import type { Drained } from './drain.js';
import { PendingDrops } from './queue/pending-drops.js';

/*
 * The scheduled retry service: every second it makes the dispatcher look for due deliveries, every minute it sweeps
 * pending deliveries of webhooks that were switched off, and it drains the queue when an external scheduler asks.
 */

const WAKE_MS = 1_000;
const SWEEP_MS = 60_000;

@Injectable()
export class RetryScheduler {
  readonly #sweep: Loop;

  constructor(
    private readonly dispatcher: Dispatcher,
    drops: PendingDrops,
    loops: Loops,
  ) {
    this.#sweep = loops.add('sweep', { everyMs: SWEEP_MS, work: () => drops.sweep() });
  }

  @Interval('webhook-retries', WAKE_MS)
  wake(): void {
    this.dispatcher.poll();
  }

  /** Cancels pending deliveries of webhooks that are off or deleted. */
  sweep(): Promise<void> {
    return this.#sweep.tick();
  }

  /**
   * Claims, sends and settles what is due, and sweeps meanwhile. Returns within `budgetMs`; a longer sweep continues.
   * Rejects when the database is unavailable.
   */
  async drain(budgetMs: number): Promise<Drained> {
    const swept = withTimeout(this.sweep(), budgetMs, undefined);
    const drained = await this.dispatcher.drainOnce(budgetMs);
    await swept;
    return drained;
  }
}
