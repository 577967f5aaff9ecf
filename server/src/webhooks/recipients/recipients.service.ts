import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EntityManager, In, IsNull, Not, Raw } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { type Removed, Removals } from '../../auth/removals.js';
import { lockName } from '../../database/advisory-lock.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { tooManyRequests } from '../../http/attempt-limit.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { uuidv7 } from '../../lib/ids.js';
import { Changes } from '../engine/changes.js';
import { MailConsent } from '../model/mail-consent.entity.js';
import { type RecipientState, WebhookRecipient } from '../model/webhook-recipient.entity.js';
import { Webhook } from '../model/webhook.entity.js';
import { CONFIRM_DAYS, MAX_QUESTIONS, DECLINED } from './consents.js';

/*
 * Recipients of the mails of a webhook. So that no mailbox is flooded, only members of the team are recipients at once;
 * any other address first consents to the mails of this agency.
 */

/** How many addresses of an agency may have been asked without an answer yet. */
const MAX_OPEN = 20;
const DAY_S = 86_400;

type Of = Pick<Webhook, 'agencyId' | 'id'>;

@Injectable()
export class Recipients implements OnModuleInit {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly removals: Removals,
  ) {}

  onModuleInit(): void {
    this.removals.register((manager, removed) => this.#removeMember(manager, removed));
  }

  /** The addresses of the recipients. */
  async addresses(manager: EntityManager, at: { agencyId: string; webhookId: string }): Promise<string[]> {
    return (await manager.findBy(WebhookRecipient, at)).map(({ email }) => email);
  }

  /** Makes `emails` the recipients; present ones keep their state. Throws AppError validation_failed. */
  async set(manager: EntityManager, { agencyId, id: webhookId }: Of, emails: readonly string[]): Promise<void> {
    const wanted = [...new Set(emails.map(foldEmail))];
    const present = await manager.findBy(WebhookRecipient, { agencyId, webhookId });
    const removed = present.filter(({ email }) => !wanted.includes(email));
    const added = wanted.filter((email) => !present.some((recipient) => recipient.email === email));
    if (removed.length > 0) {
      await manager.delete(WebhookRecipient, { agencyId, webhookId, id: In(removed.map(({ id }) => id)) });
      await dropQuestions(manager, agencyId, removed);
    }
    await addRecipients(manager, { agencyId, id: webhookId }, added);
  }

  /**
   * Asks an address of the webhook again, or takes a member back. Throws AppError not_found, too_many_requests within a
   * day after the last question, or validation_failed for an address that may not be asked again.
   */
  async askAgain(actor: AgencyActor, webhookId: string, email: string): Promise<void> {
    const { agencyId } = actor;
    const at = { agencyId, webhookId, email: foldEmail(email) };
    await this.transaction.run(agencyId, async (manager) => {
      const recipient = await manager.findOne(WebhookRecipient, { where: at, lock: { mode: 'for_no_key_update' } });
      if (!recipient) throw new AppError('not_found', 'This webhook has no such recipient.');
      if (recipient.state === 'confirmed') return;
      await refuseTooSoon(manager, at);
      await manager.delete(WebhookRecipient, { id: recipient.id, agencyId });
      await manager.update(MailConsent, { agencyId, email: at.email, state: 'waiting' }, { state: 'declined' });
      const [added] = await addRecipients(manager, { agencyId, id: webhookId }, [at.email]);
      if (added === 'unsubscribed') {
        const message = 'This address declined in the last 90 days, or was asked three times.';
        throw fieldError('email', 'not_asked_again', message);
      }
      const details = { email: at.email };
      const entry = { action: 'recipient.asked_again', targetKind: 'webhook', targetId: webhookId, details };
      await this.audit.record(manager, actor, entry);
    });
    this.changes.webhook(agencyId, webhookId);
  }

  /** Members that leave the team are no longer recipients, unless they have agreed. */
  async #removeMember(manager: EntityManager, { agencyId, email }: Removed): Promise<(() => void) | undefined> {
    if (email === null) return undefined;
    await lock(manager, agencyId);
    const [webhooks] = await manager.query<[{ webhook_id: string }[], number]>(
      `delete from webhook_recipients r
       where r.agency_id = $1 and r.email = $2 and r.state = 'confirmed' and not exists (
         select from mail_consents c where c.agency_id = r.agency_id and c.email = r.email and c.state = 'agreed')
       returning r.webhook_id`,
      [agencyId, email],
    );
    return () => webhooks.forEach(({ webhook_id }) => this.changes.webhook(agencyId, webhook_id));
  }
}

/** Without the lock, two requests would both find room for questions, or a member who is just being removed. */
const lock = (manager: EntityManager, agencyId: string) => lockName(manager, `recipients ${agencyId}`);

/** Members get mails at once, unless they ended some; others after they have agreed. Who declined is not asked. */
const INITIAL_STATES_SQL = /* sql */ `
select n.email, case when c.state = 'agreed' or c.state is null and u.id is not null then 'confirmed'
  when ${DECLINED} or c.questions >= ${MAX_QUESTIONS} and (c.state = 'declined'
    or c.asked_at is null or c.asked_at < now() - interval '${CONFIRM_DAYS} days') then 'unsubscribed'
  else 'waiting' end as state
from unnest($2::text[]) as n (email)
left join mail_consents c on c.agency_id = $1 and c.email = n.email
left join lateral (
  select id from users u
  where u.agency_id = $1 and u.email = n.email and (u.password_hash is not null or u.invite_hash is null) limit 1
) u on true`;

/** An open question is not repeated: an address is asked again a day after the last question. */
const ASK_SQL = /* sql */ `
insert into mail_consents as c (agency_id, email, state, ask_at)
select $1, email, 'waiting', now() from unnest($2::text[]) as n (email)
on conflict (agency_id, email) do update set state = 'waiting', tries = 0,
  ask_at = case when c.state <> 'waiting' or c.asked_at < now() - interval '${CONFIRM_DAYS} days'
      or c.asked_at is null and c.ask_at is null
    then greatest(now(), c.asked_at + interval '1 day') else c.ask_at end`;

/** Returns their states. An address that was asked already is not asked again. */
async function addRecipients(
  manager: EntityManager,
  { agencyId, id: webhookId }: Of,
  emails: string[],
): Promise<RecipientState[]> {
  if (emails.length === 0) return [];
  await lock(manager, agencyId);
  const newcomers = (await manager.query(INITIAL_STATES_SQL, [agencyId, emails])) as {
    email: string;
    state: RecipientState;
  }[];
  await manager.insert(
    WebhookRecipient,
    newcomers.map(({ email, state }) => ({ id: uuidv7(), agencyId, webhookId, email, state })),
  );
  const outsiders = newcomers.filter(({ state }) => state === 'waiting').map(({ email }) => email);
  const states = newcomers.map(({ state }) => state);
  if (outsiders.length === 0) return states;
  await manager.query(ASK_SQL, [agencyId, outsiders]);
  const waiting = { agencyId, state: 'waiting' } as const;
  const askedAt = Raw((column) => `${column} > now() - interval '${CONFIRM_DAYS} days'`);
  const open = [
    { ...waiting, askAt: Not(IsNull()) },
    { ...waiting, askedAt },
  ];
  if ((await manager.countBy(MailConsent, open)) > MAX_OPEN) {
    const message =
      `${MAX_OPEN} addresses outside your team may wait for their confirmation at a time. ` +
      'Wait until some have confirmed, or invite the people to the team.';
    throw fieldError('recipients', 'too_many_waiting', message);
  }
  return states;
}

/** Drops open questions that no recipient needs any more. Sent ones are kept, because they limit the next. */
async function dropQuestions(manager: EntityManager, agencyId: string, removed: WebhookRecipient[]): Promise<void> {
  await manager.query(
    `delete from mail_consents c
     where c.agency_id = $1 and c.email = any($2) and c.state = 'waiting' and c.asked_at is null and c.questions = 0
       and not exists (
       select from webhook_recipients r where r.agency_id = c.agency_id and r.email = c.email and r.state = 'waiting')`,
    [agencyId, removed.map(({ email }) => email)],
  );
}

async function refuseTooSoon(manager: EntityManager, at: { agencyId: string; email: string }): Promise<void> {
  const [asked] = await manager.query<{ wait: number }[]>(
    `select ceil(extract(epoch from asked_at - now()))::int + ${DAY_S} as wait from mail_consents
     where agency_id = $1 and email = $2 and state = 'waiting' and asked_at > now() - interval '1 day'`,
    [at.agencyId, at.email],
  );
  if (asked) throw tooManyRequests('This address was asked less than a day ago.', Math.max(1, asked.wait));
}
