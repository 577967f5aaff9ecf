import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../config/env.js';
import { lockName } from '../database/advisory-lock.js';
import { ServiceDatabase } from '../database/service-database.js';
import { uuidv7 } from '../lib/ids.js';
import { Keyring, KeyringError } from '../lib/keyring.js';
import type { MailContent } from './mail-layout.js';
import { LONGEST_MAIL_MS } from './mailer.js';
import { Outbox, type Pending } from './outbox.js';

type MailKind = 'invite' | 'password_reset' | 'password_changed' | 'digest';

/**
 * Limit for one recipient within an hour, so that no mailbox can be flooded. null: sent once a period to each member.
 */
const HOURLY: Record<MailKind, number | null> = { invite: 5, password_reset: 3, password_changed: 5, digest: null };
/** Limit for one agency, because the inviting agency chooses the recipients. */
const DAILY_INVITES = 50;

export interface NewMail {
  agencyId: string | null;
  kind: MailKind;
  recipient: string;
  /** null: rendered when the mail is sent. */
  content: MailContent | null;
}

export interface PendingMail extends Pending {
  kind: MailKind;
  recipient: string;
  /** Encrypted, because it may hold a link that signs in. */
  content: Buffer | null;
}

/** Mails to people: invites, passwords and digests. */
@Injectable()
export class MailOutbox extends Outbox<PendingMail> {
  constructor(
    database: ServiceDatabase,
    private readonly keyring: Keyring,
    @Inject(ENV) env: Env,
  ) {
    super(database, env, {
      name: 'mails',
      columns: 'm.kind, m.recipient, m.content',
      leaseMs: 2 * LONGEST_MAIL_MS,
      kept: '10 days',
      emptied: 'content',
    });
  }

  /**
   * Stores a mail in the caller's transaction. Returns false and stores nothing if the recipient got too many of this
   * kind within an hour, or the agency has sent too many invites within 24 hours.
   */
  async add(manager: EntityManager, { agencyId, kind, recipient, content }: NewMail): Promise<boolean> {
    const id = uuidv7();
    const encrypted = content && this.keyring.encrypt(JSON.stringify(content), place(id));
    // Without locks, concurrent requests would all pass the check. The agency is always locked first, against
    // deadlocks.
    if (kind === 'invite') await lockName(manager, `invites ${agencyId}`);
    await lockName(manager, `mails ${recipient}`);
    const stored = (await manager.query(
      `insert into mails (id, agency_id, kind, recipient, content) select $1, $2, $3, $4, $5
       where ($6::int is null or $6 > (
         select count(*) from mails m
         where m.recipient = $4 and m.kind = $3 and m.created_at > now() - interval '1 hour'))
       and ($3 <> 'invite' or $7 > (
         select count(*) from mails m
         where m.agency_id = $2 and m.kind = 'invite' and m.created_at > now() - interval '1 day')) returning id`,
      [id, agencyId, kind, recipient, encrypted, HOURLY[kind], DAILY_INVITES],
    )) as unknown[];
    return stored.length > 0;
  }

  /** null: its key has been removed from the keyring. */
  decrypt(id: string, content: Buffer): MailContent | null {
    try {
      return JSON.parse(this.keyring.decrypt(content, place(id))) as MailContent;
    } catch (error) {
      if (error instanceof KeyringError) return null;
      throw error;
    }
  }
}

const place = (id: string): string => `mail|${id}`;
