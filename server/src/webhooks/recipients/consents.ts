import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { sha256 } from '../../auth/tokens.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { Changes } from '../engine/changes.js';
import { signingKeys } from '../engine/send/signing.js';
import { isUnsubscribeToken, recipientOf } from '../engine/send/unsubscribe-token.js';
import { decryptSecret } from '../model/webhook-secrets.js';

/*
 * What people say with the links in mails: that they want the mails of an agency, and that they want those of a webhook
 * no more. A link only shows a page; its button says it.
 */

/** How long the link in a question works. */
export const CONFIRM_DAYS = 7;

/** Whose mails a link is about. */
export interface MailLink {
  agencyId: string;
  agency: string;
  email: string;
  /** It was said before. */
  done: boolean;
}

@Injectable()
export class Consents {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    @Inject(Keyring) private readonly keyring: Keyring,
  ) {}

  /** null: no such link, or it is too old. */
  async question(token: string): Promise<MailLink | null> {
    const [row] = await this.database.query<MailLink>(
      `select c.agency_id as "agencyId", a.name as agency, c.email, c.state = 'agreed' as done
       from mail_consents c join agencies a on a.id = c.agency_id
       where c.token_hash = $1 and c.state <> 'declined' and c.asked_at > now() - interval '${CONFIRM_DAYS} days'`,
      [sha256(token)],
    );
    return row ?? null;
  }

  /** From now on the address gets the mails of the agency that list it. */
  async agree(token: string): Promise<MailLink | null> {
    const link = await this.question(token);
    if (!link || link.done) return link;
    const { agencyId, email } = link;
    const webhooks = await this.database.transaction(async (manager) => {
      await manager.query(
        `update mail_consents set state = 'agreed', ask_at = null
         where agency_id = $1 and email = $2 and state = 'waiting'`,
        [agencyId, email],
      );
      const [rows] = (await manager.query(
        `update webhook_recipients set state = 'confirmed', changed_at = now()
         where agency_id = $1 and email = $2 and state = 'waiting' returning webhook_id`,
        [agencyId, email],
      )) as [{ webhook_id: string }[], number];
      await this.#record(manager, 'recipient.confirmed', { agencyId, email });
      return rows;
    });
    for (const { webhook_id } of webhooks) this.changes.webhook(agencyId, webhook_id);
    return { ...link, done: true };
  }

  /** null: no such link, or the recipient was removed. */
  async subscription(token: string): Promise<(MailLink & { id: string; webhookId: string }) | null> {
    const id = recipientOf(token);
    if (id === null) return null;
    const [row] = await this.database.query<MailLink & { id: string; webhookId: string; secret: Buffer }>(
      `select r.id, r.agency_id as "agencyId", r.webhook_id as "webhookId", a.name as agency, r.email,
         r.state = 'unsubscribed' as done, w.secret
       from webhook_recipients r join agencies a on a.id = r.agency_id join webhooks w on w.id = r.webhook_id
       where r.id = $1`,
      [id],
    );
    if (!row || !this.#isOf(row, token)) return null;
    const { secret: _secret, ...link } = row;
    return link;
  }

  /** The webhook sends this recipient no more mails, and others ask before they send any. */
  async unsubscribe(token: string): Promise<MailLink | null> {
    const link = await this.subscription(token);
    if (!link || link.done) return link;
    const { id, agencyId, webhookId, email } = link;
    await this.database.transaction(async (manager) => {
      await manager.query(
        `update webhook_recipients set state = 'unsubscribed', reason = null, changed_at = now() where id = $1`,
        [id],
      );
      await manager.query(
        `insert into mail_consents (agency_id, email, state) values ($1, $2, 'declined')
         on conflict (agency_id, email) do update set state = 'declined', ask_at = null`,
        [agencyId, email],
      );
      await this.#record(manager, 'recipient.unsubscribed', { agencyId, email, webhookId });
    });
    this.changes.webhook(agencyId, webhookId);
    return { ...link, done: true };
  }

  #isOf(row: { id: string; agencyId: string; webhookId: string; secret: Buffer }, token: string): boolean {
    try {
      return isUnsubscribeToken(signingKeys(decryptSecret(this.keyring, row, row.secret)), row.id, token);
    } catch (error) {
      if (error instanceof KeyringError) return false;
      throw error;
    }
  }

  #record(
    manager: EntityManager,
    action: string,
    { agencyId, email, webhookId }: { agencyId: string; email: string; webhookId?: string },
  ): Promise<void> {
    const target = webhookId === undefined ? {} : { targetKind: 'webhook', targetId: webhookId };
    return this.audit.record(manager, null, { agencyId, action, ...target, details: { email } });
  }
}
