import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ENV, type Env } from '../../config/env.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Loop } from '../../health/loop.js';
import { LateMails } from './late-mails.js';
import { Questions } from './questions.js';

const ROUND_MS = 2_000;

/** Asks new recipients, and sends what their mail servers put off. */
@Injectable()
export class MailsLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #asking = new Loop({ name: 'Recipients', everyMs: ROUND_MS, work: () => this.questions.round() });
  readonly #late = new Loop({ name: 'Late mails', everyMs: ROUND_MS, work: () => this.late.round() });

  constructor(
    private readonly questions: Questions,
    private readonly late: LateMails,
    private readonly indicators: HealthIndicators,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.indicators.register('recipients', () => this.#asking.health());
    this.indicators.register('late_mails', () => this.#late.health());
  }

  @Interval('webhook-mails', ROUND_MS)
  async tick(): Promise<void> {
    if (this.env.role !== 'api') await Promise.all([this.#asking.tick(), this.#late.tick()]);
  }

  /** While the database is up: a question that is not settled is asked again a day later. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#asking.stop(), this.#late.stop()]);
  }
}
