import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ENV, type Env } from '../../config/env.js';
import { isDatabaseAway } from '../engine/database-faults.js';
import { AlertOutbox } from './alert-outbox.js';
import { AlertSender } from './alert-sender.js';
import { AlertWatch } from './alert-watch.js';

const ROUND_MS = 2_000;
const FORGET_MS = 3_600_000;

/** Every 2 seconds: what is to be told is written down, what is owed is sent. Apart from each other: a slow SMTP server must not delay the writing. */
@Injectable()
export class AlertsLoop implements BeforeApplicationShutdown {
  readonly #log = new Logger('Alerts');
  #watching: Promise<void> | null = null;
  #sending: Promise<void> | null = null;
  #stopping = false;

  constructor(
    private readonly watch: AlertWatch,
    private readonly outbox: AlertOutbox,
    private readonly sender: AlertSender,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Interval('webhook-alerts', ROUND_MS)
  tick(): void {
    if (this.env.role === 'api' || this.#stopping) return;
    // @Interval does not wait for the round before.
    this.#watching ??= this.#safely(() => this.watch.round()).finally(() => (this.#watching = null));
    this.#sending ??= this.#safely(() => this.#send()).finally(() => (this.#sending = null));
  }

  @Interval('webhook-alerts-forget', FORGET_MS)
  async forget(): Promise<void> {
    if (this.env.role !== 'api') await this.#safely(() => this.outbox.forget());
  }

  /** What is under way finishes while there still is a database; else it would be sent again. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#watching, this.#sending]);
  }

  async #send(): Promise<void> {
    const owed = await this.outbox.claim();
    await Promise.all(owed.map(async (alert) => this.outbox.settle(alert, await this.sender.send(alert))));
  }

  async #safely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isDatabaseAway(error)) this.#log.error(error);
    }
  }
}
