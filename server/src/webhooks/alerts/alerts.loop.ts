import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ENV, type Env } from '../../config/env.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { Loop } from '../../health/loop.js';
import { Pulse } from '../../health/pulse.js';
import { AlertOutbox } from './alert-outbox.js';
import { AlertSender } from './alert-sender.js';
import { AlertWatch } from './alert-watch.js';

const ROUND_MS = 2_000;
const CLEANUP_MS = 3_600_000;
/** Without any of these no alert is due: nothing fails, is closed or was switched off, and no recovery is news. */
const MAY_BE_DUE = /* sql */ `
  exists (select from webhook_health where failing_since is not null)
  or exists (select from webhook_health where closed_until is not null)
  or exists (select from webhooks where off_reason <> 'person' and deleted_at is null)
  or exists (select from alerts)`;
const PENDING = 'exists (select from alerts where sent_at is null and given_up_at is null)';

/** Inserts new alerts and sends pending ones in two loops: a slow SMTP server must not delay inserting. */
@Injectable()
export class AlertsLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #watching = new Loop({ name: 'Alert watch', everyMs: ROUND_MS, work: () => this.watch.round() });
  readonly #sending = new Loop({ name: 'Alert outbox', everyMs: ROUND_MS, work: () => this.#send() });
  readonly #cleanup = new Loop({ name: 'Old alerts', everyMs: CLEANUP_MS, work: () => this.outbox.deleteOld() });

  constructor(
    private readonly watch: AlertWatch,
    private readonly outbox: AlertOutbox,
    private readonly sender: AlertSender,
    private readonly indicators: HealthIndicators,
    private readonly pulse: Pulse,
    @Inject(ENV) private readonly env: Env,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.indicators.register('alert_watch', () => this.#watching.health());
    this.indicators.register('alert_outbox', () => this.#sending.health());
    this.pulse.register('alert_watch', MAY_BE_DUE, () => this.#watching.tick(), 2);
    this.pulse.register('alert_outbox', PENDING, () => this.#sending.tick(), 2);
  }

  async tick(): Promise<void> {
    if (this.env.role !== 'api') await Promise.all([this.#watching.tick(), this.#sending.tick()]);
  }

  @Interval('webhook-alerts-cleanup', CLEANUP_MS)
  async cleanUp(): Promise<void> {
    if (this.env.role !== 'api') await this.#cleanup.tick();
  }

  /** Waits for running sends while the database is still up: an alert that is not settled is sent again. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#watching, this.#sending, this.#cleanup].map((loop) => loop.stop()));
  }

  async #send(): Promise<void> {
    const pending = await this.outbox.claim();
    await Promise.all(pending.map(async (alert) => this.outbox.settle(alert, await this.sender.send(alert))));
  }
}
