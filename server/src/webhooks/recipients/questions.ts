import { Inject, Injectable, Logger } from '@nestjs/common';
import { Raw } from 'typeorm';
import { randomText, sha256 } from '../../auth/tokens.js';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { lockName } from '../../database/advisory-lock.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { plainText } from '../../lib/text.js';
import { mailOf } from '../../outbound/mail-layout.js';
import { type Mail, Mailer, MailFailure } from '../../outbound/mailer.js';
import { retryMs } from '../../outbound/outbox.js';
import { MailQuota } from '../engine/send/mail-quota.js';
import { MailConsent } from '../model/mail-consent.entity.js';
import { WebhookRecipient } from '../model/webhook-recipient.entity.js';
import { CONFIRM_DAYS, MAX_QUESTIONS } from './consents.js';

/*
 * Asks addresses outside the team for consent to the mails of an agency: an address at most once a day, whichever
 * agencies list it, three times ever for one agency, and only while a webhook waits for the answer. The day starts
 * before the mail is sent, so a crash causes a later question, never a second one.
 */

const BATCH = 20;

interface Question {
  agency_id: string;
  email: string;
}

/** The agency, and how often sending the question has been tried. */
interface Asked {
  id: string;
  name: string;
  tries: number;
}

@Injectable()
export class Questions {
  readonly #log = new Logger('Recipients');
  readonly #publicUrl: string;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly mailer: Mailer,
    private readonly quota: MailQuota,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.#publicUrl = publicUrlOf(env, env.port);
  }

  async round(): Promise<void> {
    if (!this.mailer.works) return;
    const due = await this.database.prepared<Question>(
      'due_questions',
      `select agency_id, email from mail_consents where ask_at <= now() order by ask_at limit ${BATCH}`,
    );
    for (const question of due) await this.#ask(question);
  }

  async #ask(question: Question): Promise<void> {
    const token = randomText();
    const asked = await this.#claim(question, token);
    if (!asked) return;
    try {
      await this.mailer.send(this.#mail(asked, question.email, token));
      await this.#finish(question, { askAt: null });
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      await this.#failed(question, error, asked.tries);
    }
  }

  /** null: another process was faster, or the address or the agency has reached its limit. */
  #claim({ agency_id, email }: Question, token: string): Promise<Asked | null> {
    return this.database.transaction(async (manager) => {
      // Without the lock, two agencies would both find that no question was sent.
      await lockName(manager, `question ${email}`);
      await manager.query(
        `update mail_consents c set ask_at = null
         where c.agency_id = $1 and c.email = $2 and c.ask_at <= now() and (c.questions >= $3 or not exists (
           select from webhook_recipients r join webhooks w on w.id = r.webhook_id and w.deleted_at is null
           where r.agency_id = c.agency_id and r.email = c.email and r.state = 'waiting'))`,
        [agency_id, email, MAX_QUESTIONS],
      );
      const [others] = await manager.query<{ next: Date | null }[]>(
        `select max(asked_at) + interval '1 day' as next from mail_consents
         where email = $1 and asked_at > now() - interval '1 day'`,
        [email],
      );
      const waitMs = others!.next ? 0 : await this.quota.take(agency_id, 1, manager);
      const askAt = others!.next ?? (waitMs > 0 ? new Date(Date.now() + waitMs) : null);
      if (askAt) {
        const due = { agencyId: agency_id, email, askAt: Raw((column) => `${column} <= now()`) };
        await manager.update(MailConsent, due, { askAt });
        return null;
      }
      const [rows] = await manager.query<[Asked[], number]>(
        `update mail_consents c
         set asked_at = now(), token_hash = $3, ask_at = now() + interval '1 day', tries = c.tries + 1,
           questions = c.questions + 1
         from agencies a
         where a.id = c.agency_id and c.agency_id = $1 and c.email = $2 and c.ask_at <= now() and c.state = 'waiting'
         returning a.id, a.name, c.tries`,
        [agency_id, email, sha256(token)],
      );
      return rows[0] ?? null;
    });
  }

  #mail({ id, name }: Asked, to: string, token: string): Mail {
    const agency = plainText(name);
    const content = mailOf({
      subject: `Do you want emails from ${agency}?`,
      title: 'Do you want these emails?',
      paragraphs: [
        [
          { text: agency, strong: true },
          { text: ` would like to send notices from BPOC to ${to}.`, strong: false },
        ],
        `Nothing is sent until you agree. The link works for ${CONFIRM_DAYS} days.`,
      ],
      links: [{ text: 'Answer', url: `${this.#publicUrl}/mail/confirm/${token}` }],
      note: 'If you did not expect this, ignore it. We will not write again.',
    });
    return { id: `${id}.${sha256(token).toString('hex').slice(0, 32)}`, to, ...content };
  }

  /** 5xx ends the address. Otherwise it is asked later, and the failed question does not count for the day. */
  async #failed(question: Question, { permanent, answer, message }: MailFailure, tries: number): Promise<void> {
    this.#log.warn(`a question to a recipient ${permanent ? 'was refused' : 'will be repeated'}: ${message}`);
    const askAt = new Date(Date.now() + retryMs(tries, this.env));
    if (!permanent) return this.#finish(question, { askAt, asked: false });
    const waiting = { agencyId: question.agency_id, email: question.email, state: 'waiting' } as const;
    const bounced = { state: 'bounced', reason: answer, changedAt: () => 'now()' } as const;
    await this.database.manager.update(WebhookRecipient, waiting, bounced);
    await this.#finish(question, { askAt: null });
  }

  async #finish(
    { agency_id, email }: Question,
    { askAt, asked = true }: { askAt: Date | null; asked?: boolean },
  ): Promise<void> {
    await this.database.query(
      `update mail_consents set ask_at = case when state = 'waiting' then $3::timestamptz end,
         asked_at = case when $4 then asked_at end, questions = case when $4 then questions else questions - 1 end,
         tries = case when $4 then 0 else tries end
       where agency_id = $1 and email = $2`,
      [agency_id, email, askAt, asked],
    );
  }
}
