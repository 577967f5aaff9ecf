import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../config/env.js';
import { ServiceDatabase } from '../database/service-database.js';
import { uuidv7 } from '../lib/ids.js';
import { Keyring, KeyringError } from '../lib/keyring.js';
import { type Mail, LONGEST_MAIL_MS } from './mailer.js';
import type { MailKind } from './mail.entity.js';

/*
 * Mails to people, stored in the transaction of what they are about and sent afterwards. A claim is a lease with the
 * attempt number as fencing token. Delivery is at least once: a mail is sent again, with the same Message-ID, if the
 * process died between sending and settling.
 */

const BATCH = 20;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** An invite works longer, but its link was shown as well. */
const GIVE_UP_AFTER = `interval '24 hours'`;
const KEPT = `interval '10 days'`;

/** For one recipient within an hour, so that no mailbox can be flooded. */
const HOURLY: Record<MailKind, number> = { invite: 5, password_reset: 3, password_changed: 5 };
/** From one agency: who invites chooses the recipients. */
const DAILY_INVITES = 50;

export type MailContent = Pick<Mail, 'subject' | 'text' | 'html'>;

export interface NewMail {
  agencyId: string | null;
  kind: MailKind;
  recipient: string;
  /** null: made when it is sent. */
  content: MailContent | null;
}

export interface PendingMail {
  id: string;
  kind: MailKind;
  recipient: string;
  content: Buffer | null;
  attempts: number;
}

export type MailResult = 'sent' | 'again' | 'never';

@Injectable()
export class MailOutbox {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
    @Inject(ENV) private readonly env: Pick<Env, 'delayScale'>,
  ) {}

  /**
   * In the caller's transaction. False, and nothing is stored: the recipient got too many of this kind within an hour,
   * or the agency has sent too many invites within 24 hours.
   */
  async add(manager: EntityManager, { agencyId, kind, recipient, content }: NewMail): Promise<boolean> {
    const id = uuidv7();
    const encrypted = content && this.keyring.encrypt(JSON.stringify(content), place(id));
    // Concurrent requests would all find that there is room. The agency first: always in the same order.
    if (kind === 'invite') await lock(manager, `invites ${agencyId}`);
    await lock(manager, `mails ${recipient}`);
    const stored = (await manager.query(
      `insert into mails (id, agency_id, kind, recipient, content) select $1, $2, $3, $4, $5
       where $6 > (
         select count(*) from mails m
         where m.recipient = $4 and m.kind = $3 and m.created_at > now() - interval '1 hour')
       and ($3 <> 'invite' or $7 > (
         select count(*) from mails m
         where m.agency_id = $2 and m.kind = 'invite' and m.created_at > now() - interval '1 day')) returning id`,
      [id, agencyId, kind, recipient, encrypted, HOURLY[kind], DAILY_INVITES],
    )) as unknown[];
    return stored.length > 0;
  }

  async claim(): Promise<PendingMail[]> {
    return this.database.prepared<PendingMail>(
      'claim_mails',
      `with due as materialized (
         select id from mails
         where sent_at is null and given_up_at is null and due_at <= now()
           and (lease_until is null or lease_until < now())
         order by due_at limit ${BATCH} for update skip locked
       )
       update mails m set lease_until = now() + $1::float8 * interval '1 millisecond', attempts = m.attempts + 1
       from due where m.id = due.id returning m.id, m.kind, m.recipient, m.content, m.attempts`,
      [2 * LONGEST_MAIL_MS],
    );
  }

  /** null: a key was removed since it was stored. */
  opened(id: string, content: Buffer): MailContent | null {
    try {
      return JSON.parse(this.keyring.decrypt(content, place(id))) as MailContent;
    } catch (error) {
      if (error instanceof KeyringError) return null;
      throw error;
    }
  }

  /** `again`: retried after 1 minute, doubling up to an hour, for a day. */
  async settle({ id, attempts }: Pick<PendingMail, 'id' | 'attempts'>, result: MailResult): Promise<void> {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10), LAST_RETRY_MS) * this.env.delayScale;
    await this.database.query(
      `with result as (
         select $3 = 'never' or $3 = 'again' and created_at < now() - ${GIVE_UP_AFTER} as exhausted
         from mails where id = $1
       )
       update mails set lease_until = null, due_at = now() + $4::float8 * interval '1 millisecond',
         sent_at = case $3::text when 'sent' then now() end, given_up_at = case when exhausted then now() end,
         content = case when $3 = 'again' and not exhausted then content end
       from result where id = $1 and attempts = $2 and sent_at is null and given_up_at is null`,
      [id, attempts, result, delayMs],
    );
  }

  /** They hold the addresses of their recipients. */
  async deleteOld(): Promise<void> {
    await this.database.query(`delete from mails where created_at < now() - ${KEPT}`);
  }
}

const lock = (manager: EntityManager, what: string): Promise<unknown> =>
  manager.query('select pg_advisory_xact_lock(hashtext($1))', [what]);

const place = (id: string): string => `mail|${id}`;
