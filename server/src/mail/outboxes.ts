import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ENV, type Env } from '../config/env.js';
import { HealthIndicators } from '../health/health-indicators.js';
import { Loop } from '../health/loop.js';
import { Pulse } from '../health/pulse.js';
import { MailFailure } from '../outbound/mailer.js';
import type { Outbox, Pending, SendResult } from '../outbound/outbox.js';

const ROUND_MS = 2_000;
const CLEANUP_MS = 3_600_000;

interface Sending<Row extends Pending> {
  /** Of the indicator in /health/ready. */
  name: string;
  outbox: Outbox<Row>;
  /** False: there is nothing to send. */
  send: (row: Row) => Promise<boolean>;
  /** A row in the log, without the address: that is personal, or a URL that may hold a key. */
  called: (row: Row) => string;
}

/** Sends what the outboxes hold, each in a loop of its own, and deletes what is old. */
@Injectable()
export class Outboxes implements BeforeApplicationShutdown {
  readonly #log = new Logger('Outbox');
  readonly #loops: Loop[] = [];
  readonly #outboxes: Pick<Outbox<Pending>, 'deleteOld'>[] = [];
  readonly #cleanup = new Loop({ name: 'Old messages', everyMs: CLEANUP_MS, work: () => this.#deleteOld() });

  constructor(
    private readonly indicators: HealthIndicators,
    private readonly pulse: Pulse,
    @Inject(ENV) private readonly env: Pick<Env, 'role'>,
  ) {}

  /** Call it before the application has started. */
  add<Row extends Pending>(sending: Sending<Row>): void {
    if (this.env.role === 'api') return;
    const { name, outbox } = sending;
    const loop = new Loop({ name, everyMs: ROUND_MS, work: () => this.#round(sending) });
    this.#loops.push(loop);
    this.#outboxes.push(outbox);
    this.indicators.register(name, () => loop.health());
    this.pulse.register(name, outbox.pending, () => loop.tick(), 2);
  }

  /** A round of each. */
  async tick(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.tick()));
  }

  @Interval('outboxes-cleanup', CLEANUP_MS)
  async cleanUp(): Promise<void> {
    await this.#cleanup.tick();
  }

  /** Waits for running sends while the database is still up: a message that is not settled is sent again. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#loops, this.#cleanup].map((loop) => loop.stop()));
  }

  async #deleteOld(): Promise<void> {
    for (const outbox of this.#outboxes) await outbox.deleteOld();
  }

  async #round<Row extends Pending>(sending: Sending<Row>): Promise<void> {
    const rows = await sending.outbox.claim();
    await Promise.all(rows.map(async (row) => sending.outbox.settle(row, await this.#send(sending, row))));
  }

  /** Never rejects. */
  async #send<Row extends Pending>({ send, called }: Sending<Row>, row: Row): Promise<SendResult> {
    try {
      return (await send(row)) ? 'sent' : 'never';
    } catch (error) {
      const permanent = error instanceof MailFailure && error.permanent;
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn(`${called(row)} ${permanent ? 'was refused' : 'will be retried'}: ${reason}`);
      return permanent ? 'never' : 'again';
    }
  }
}
