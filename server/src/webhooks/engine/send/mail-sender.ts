import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AuditLog } from '../../../audit/audit-log.service.js';
import { ENV, type Env } from '../../../config/env.js';
import { publicUrlOf } from '../../../config/public-url.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { LONGEST_MAIL_MS, Mailer, MailFailure } from '../../../outbound/mailer.js';
import { personalMail, unsubscribeUrl } from '../../destinations/mail.js';
import { RequestBody } from '../../destinations/request-body.js';
import type { RecipientState } from '../../model/webhook-recipient.entity.js';
import { Changes } from '../changes.js';
import { isDatabaseUnavailable } from '../../../http/database-errors.js';
import { type ClaimedDelivery, membersOf } from '../queue/claimed-delivery.js';
import type { WebhookConfig } from '../webhook-configs.js';
import { delivered, endsAddress, isTooLarge, mailOutcome, type MailResult } from './mail-outcome.js';
import { MailQuota } from './mail-quota.js';
import { withoutAnswer, type Outcome } from './outcome.js';
import { unsubscribeToken } from './unsubscribe-token.js';

/*
 * An attempt of a webhook of kind email: a mail to each confirmed recipient, so that recipients do not see each other
 * and each has its own link to end them. That a mail was accepted is stored before the next one is sent, so that after
 * a crash, and in later attempts, no recipient gets it twice. For a group it is stored for each member, and a recipient
 * gets the members that it lacks in one mail.
 */

/** Mails of an attempt that are sent at the same time. */
const AT_ONCE = 4;
/** When recipients whose servers deferred the mail (greylisting) get it, if others have got it. */
const FIRST_RETRY_MS = 60_000;
const AWAY_MS = 250;

const RECIPIENTS_SQL = /* sql */ `
select r.id, r.email, r.state, array(
    select d.id from unnest($3::uuid[]) as d(id) where not exists (
      select from attempt_mails m
      where m.delivery_id = d.id and m.email = r.email and m.outcome = 'accepted' and not m.past)) as lacks, (
    select count(*)::int from attempt_mails m
    where m.delivery_id = ($3::uuid[])[1] and m.email = r.email and m.outcome = 'accepted' and m.past) as copies
from webhook_recipients r where r.agency_id = $1 and r.webhook_id = $2 order by r.id`;

interface Sent extends MailResult {
  /** The address is dead. */
  ends: boolean;
  tooLarge: boolean;
}

interface Recipient {
  id: string;
  email: string;
  state: RecipientState;
  /** Deliveries that it has not got yet. */
  lacks: string[];
  /** Mails it accepted before a resend. They are numbered, because mail programs hide a second one with the same id. */
  copies: number;
}

@Injectable()
export class MailSender implements OnModuleDestroy {
  readonly #publicUrl: string;
  #stopping = false;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly mailer: Mailer,
    private readonly body: RequestBody,
    private readonly quota: MailQuota,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.#publicUrl = publicUrlOf(env, env.port);
  }

  /** Sends no further mails: the next attempt, in another process, sends the rest. */
  onModuleDestroy(): void {
    this.#stopping = true;
  }

  /**
   * `made`: the mail of a group. Rejects when the database is unavailable, or the process stops before any mail was
   * tried.
   */
  async send(delivery: ClaimedDelivery, config: WebhookConfig, startedAtMs: number, made?: string): Promise<Outcome> {
    const spent = () => Date.now() - startedAtMs;
    const { agencyId, webhookId } = delivery;
    const ids = membersOf(delivery).map((member) => member.deliveryId);
    const all = await this.database.query<Recipient>(RECIPIENTS_SQL, [agencyId, webhookId, ids]);
    const confirmed = all.filter(({ state }) => state === 'confirmed');
    const open = confirmed.filter(({ lacks }) => lacks.length > 0);
    if (confirmed.length === 0) {
      const gone = !all.some(({ state }) => state === 'waiting');
      return gone
        ? withoutAnswer('target_gone', 'switch_off', spent())
        : withoutAnswer('no_recipients', 'final', spent());
    }
    if (open.length === 0) return delivered(spent());
    if (!this.mailer.works) return withoutAnswer('mail_server', 'hold', spent(), { detail: 'SMTP_URL is not set.' });
    if (this.#stopping) throw new Error('The server is stopping.');
    const waitMs = await this.quota.take(agencyId, open.length);
    if (waitMs > 0) return withoutAnswer('mail_limit', 'hold', spent(), { waitS: Math.ceil(waitMs / 1000) });
    const results = await this.#sendAll(open, delivery, config, { startedAtMs, made });
    const ended = results.filter(({ ends }) => ends).length;
    if (ended > 0) this.changes.webhook(agencyId, webhookId);
    const left = ended < confirmed.length || all.some(({ state }) => state === 'waiting');
    const outcome = mailOutcome(results, left, spent());
    if (outcome.kind === 'succeeded' && !delivery.test) await this.#planRest(delivery);
    return outcome;
  }

  async #sendAll(
    open: readonly Recipient[],
    delivery: ClaimedDelivery,
    config: WebhookConfig,
    { startedAtMs, made }: { startedAtMs: number; made?: string | undefined },
  ): Promise<Sent[]> {
    const members = membersOf(delivery);
    const whole = made ?? this.#rendered(delivery, members, config);
    // The lease must outlast the attempt, or another process would send the same mails.
    const until = startedAtMs + Math.min(LONGEST_MAIL_MS, this.env.leaseMs / 2);
    const waiting = [...open];
    const results: Sent[] = [];
    let away = false;
    const worker = async () => {
      for (let to = waiting.shift(); to; to = waiting.shift()) {
        const token = unsubscribeToken(config.current, to.id);
        const lacking = members.filter(({ deliveryId }) => to.lacks.includes(deliveryId));
        const content = lacking.length === members.length ? whole : this.#rendered(delivery, lacking, config);
        const envelope = {
          id: `${delivery.group?.id ?? delivery.deliveryId}.${to.id}${to.copies > 0 ? `.${to.copies}` : ''}`,
          to: to.email,
          unsubscribe: unsubscribeUrl(this.#publicUrl, token),
        };
        const send = (text: string, withinMs: number) =>
          this.#one({ ...envelope, ...personalMail(text, this.#publicUrl, token) }, withinMs);
        let result = await send(content, away ? 0 : until - Date.now());
        if (result.tooLarge) {
          result = await send(this.#rendered(delivery, lacking, config, true), until - Date.now());
        }
        away ||= result.by === 'server';
        await this.#keep(lacking, result, until);
        if (result.ends) await this.#end(delivery, to, result.answer);
        results.push(result);
      }
    };
    // All must have ended before the next attempt.
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    return results;
  }

  #rendered(
    { group }: ClaimedDelivery,
    deliveries: readonly ClaimedDelivery[],
    { tool }: WebhookConfig,
    short = false,
  ): string {
    return group ? this.body.ofGroup(group.id, deliveries, tool!, short) : this.body.of(deliveries[0]!, tool, short);
  }

  async #one(mail: Parameters<Mailer['send']>[0], withinMs: number): Promise<Sent> {
    const email = mail.to;
    if (this.#stopping) return untried(email, null, 'the server was stopping');
    if (withinMs <= 0) return untried(email, 'server', 'the mail server did not answer in time');
    try {
      const { code, answer } = await this.mailer.send(mail, withinMs);
      return { email, outcome: 'accepted', by: null, smtpCode: code, answer, ends: false, tooLarge: false };
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      const { permanent, by, code, answer, message } = error;
      const outcome = permanent ? 'refused' : 'deferred';
      const tooLarge = isTooLarge(error);
      return { email, outcome, by, smtpCode: code, answer: answer ?? message, ends: endsAddress(error), tooLarge };
    }
  }

  /** Retries while the database is unavailable: an accepted mail that is not stored would be sent again. */
  async #keep(deliveries: readonly ClaimedDelivery[], result: MailResult, until: number): Promise<void> {
    const { agencyId } = deliveries[0]!;
    const ids = deliveries.map(({ deliveryId }) => deliveryId);
    const attempts = deliveries.map(({ attempt }) => attempt);
    for (;;) {
      try {
        await this.database.query(
          `insert into attempt_mails (delivery_id, n, email, agency_id, outcome, smtp_code, answer)
           select d.id, d.n, $3, $4, $5, $6, $7 from unnest($1::uuid[], $2::int[]) as d (id, n)
           on conflict (delivery_id, n, email) do update set outcome = excluded.outcome,
             smtp_code = excluded.smtp_code, answer = excluded.answer, sent_at = now()
           where attempt_mails.outcome <> 'accepted'`,
          [ids, attempts, result.email, agencyId, result.outcome, result.smtpCode, result.answer],
        );
        return;
      } catch (error) {
        if (!isDatabaseUnavailable(error) || Date.now() > until) throw error;
        await sleep(AWAY_MS);
      }
    }
  }

  async #end({ agencyId, webhookId }: ClaimedDelivery, { id, email }: Recipient, answer: string | null): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [ended] = (await manager.query(
        `update webhook_recipients set state = 'bounced', reason = $2, changed_at = now()
         where id = $1 and state = 'confirmed' returning id`,
        [id, answer],
      )) as [unknown[], number];
      if (ended.length === 0) return;
      const details = { email };
      const entry = { agencyId, action: 'recipient.bounced', targetKind: 'webhook', targetId: webhookId, details };
      await this.audit.record(manager, null, entry);
    });
  }

  /**
   * The delivery counts as delivered, and recipients whose servers deferred the mail get it later. The delay doubles
   * with each attempt, because the retry plan of the webhook has ended.
   */
  async #planRest(delivery: ClaimedDelivery): Promise<void> {
    const members = membersOf(delivery);
    await this.database.query(
      `update attempt_mails m set retry_at = now() + $3::float8 * power(2, least(m.n - 1, 8)) * interval '1 millisecond'
       from unnest($1::uuid[], $2::int[]) as d (id, n)
       where m.delivery_id = d.id and m.n = d.n and m.outcome = 'deferred'`,
      [
        members.map(({ deliveryId }) => deliveryId),
        members.map(({ attempt }) => attempt),
        FIRST_RETRY_MS * this.env.delayScale,
      ],
    );
  }
}

/** Our mail server is down, the time of the attempt is over, or the process stops. */
function untried(email: string, by: MailResult['by'], why: string): Sent {
  const answer = `This email was not tried: ${why}.`;
  return { email, outcome: 'deferred', by, smtpCode: null, answer, ends: false, tooLarge: false };
}
