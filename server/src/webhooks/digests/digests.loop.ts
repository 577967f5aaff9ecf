import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ENV, type Env } from '../../config/env.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Loop } from '../../health/loop.js';
import { systemClock } from '../../lib/clock.js';
import { Digests } from './digests.js';

const ROUND_MS = 60_000;

@Injectable()
export class DigestsLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #loop = new Loop({ name: 'Digests', everyMs: ROUND_MS, work: () => this.digests.round(systemClock.now()) });

  constructor(
    private readonly digests: Digests,
    private readonly indicators: HealthIndicators,
    @Inject(ENV) private readonly env: Pick<Env, 'role'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role !== 'api') this.indicators.register('digests', () => this.#loop.health());
  }

  @Interval('digests', ROUND_MS)
  async tick(): Promise<void> {
    if (this.env.role !== 'api') await this.#loop.tick();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loop.stop();
  }
}
