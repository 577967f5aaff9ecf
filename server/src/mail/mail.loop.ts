import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { PasswordResets } from '../auth/sessions/password-resets.service.js';
import { ENV, type Env } from '../config/env.js';
import { HealthIndicators } from '../health/health-indicators.js';
import { Loop } from '../health/loop.js';
import { Pulse } from '../health/pulse.js';
import { type MailContent, MailOutbox, type MailResult, type PendingMail } from '../outbound/mail-outbox.js';
import { Mailer, MailFailure } from '../outbound/mailer.js';

const ROUND_MS = 2_000;
const CLEANUP_MS = 3_600_000;
const PENDING = 'exists (select from mails where sent_at is null and given_up_at is null)';

/** Sends the mails of the outbox. */
@Injectable()
export class MailLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('Mail');
  readonly #sending = new Loop({ name: 'Mail outbox', everyMs: ROUND_MS, work: () => this.#round() });
  readonly #cleanup = new Loop({ name: 'Old mails', everyMs: CLEANUP_MS, work: () => this.outbox.deleteOld() });

  constructor(
    private readonly outbox: MailOutbox,
    private readonly mailer: Mailer,
    private readonly resets: PasswordResets,
    private readonly indicators: HealthIndicators,
    private readonly pulse: Pulse,
    @Inject(ENV) private readonly env: Pick<Env, 'role'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.env.role === 'api') return;
    this.indicators.register('mail_outbox', () => this.#sending.health());
    this.pulse.register('mails', PENDING, () => this.tick(), 2);
  }

  async tick(): Promise<void> {
    if (this.env.role !== 'api') await this.#sending.tick();
  }

  @Interval('mails-cleanup', CLEANUP_MS)
  async cleanUp(): Promise<void> {
    if (this.env.role !== 'api') await this.#cleanup.tick();
  }

  /** Waits for running sends while the database is still up: a mail that is not settled is sent again. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.#sending, this.#cleanup].map((loop) => loop.stop()));
  }

  async #round(): Promise<void> {
    const pending = await this.outbox.claim();
    await Promise.all(pending.map(async (mail) => this.outbox.settle(mail, await this.#send(mail))));
  }

  /** Never rejects. */
  async #send(mail: PendingMail): Promise<MailResult> {
    try {
      const content = await this.#contentOf(mail);
      if (content === null) return 'never';
      await this.mailer.send({ id: mail.id, to: mail.recipient, ...content });
      return 'sent';
    } catch (error) {
      const permanent = error instanceof MailFailure && error.permanent;
      // Never log the address: it is personal.
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn(`mail ${mail.id} (${mail.kind}) ${permanent ? 'was refused' : 'will be retried'}: ${reason}`);
      return permanent ? 'never' : 'again';
    }
  }

  /** null: there is nothing to send. */
  #contentOf({ id, recipient, content }: PendingMail): Promise<MailContent | null> | MailContent | null {
    return content === null ? this.resets.mailFor(recipient) : this.outbox.opened(id, content);
  }
}
