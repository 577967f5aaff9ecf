import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Loop } from '../../health/loop.js';
import { Dispatcher } from './dispatcher.js';
import type { Drained } from './drain.js';
import { PendingDrops } from './queue/pending-drops.js';

/*
 * The scheduled retry service: wakes the dispatcher for what has become due, sweeps pending deliveries of webhooks that
 * were switched off, and drains on request of an external scheduler. The dispatcher also polls; this timer works even
 * if every notification is lost.
 */

const WAKE_MS = 1_000;
const SWEEP_MS = 60_000;

@Injectable()
export class RetryScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #sweep = new Loop({ name: 'Sweep', everyMs: SWEEP_MS, work: () => this.drops.sweep() });

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly drops: PendingDrops,
    private readonly indicators: HealthIndicators,
  ) {}

  onApplicationBootstrap(): void {
    this.indicators.register('sweep', () => this.#sweep.health());
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#sweep.stop();
  }

  @Interval('webhook-retries', WAKE_MS)
  wake(): void {
    this.dispatcher.poll();
  }

  /** Cancels what is pending for webhooks that are off or deleted. */
  @Interval('webhook-sweep', SWEEP_MS)
  sweep(): Promise<void> {
    return this.#sweep.tick();
  }

  /**
   * Claims, sends and settles what is due, and sweeps beside that; returns within `budgetMs`, a longer sweep goes on.
   * Rejects when the database is unavailable.
   */
  async drain(budgetMs: number): Promise<Drained> {
    let timer: NodeJS.Timeout | undefined;
    const budget = new Promise<void>((resolve) => (timer = setTimeout(resolve, budgetMs)));
    try {
      const swept = Promise.race([this.sweep(), budget]);
      const drained = await this.dispatcher.drainOnce(budgetMs);
      await swept;
      return drained;
    } finally {
      clearTimeout(timer);
    }
  }
}
