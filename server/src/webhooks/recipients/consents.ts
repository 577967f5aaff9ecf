import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { sha256 } from '../../auth/tokens.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { Changes } from '../engine/changes.js';
import { signingKeys } from '../engine/send/message-headers.js';
import { isUnsubscribeToken, recipientOf } from '../engine/send/unsubscribe-token.js';
import { MailConsent } from '../model/mail-consent.entity.js';
import { WebhookRecipient } from '../model/webhook-recipient.entity.js';
import { decryptSecret } from '../model/webhook-secrets.js';

/*
 * Consent by the links in mails: to the mails of an agency, or no longer to those of a webhook. A link only shows a
 * page; its button records the answer.
 */

/** How long the link in a request for consent works. */
export const CONFIRM_DAYS = 7;
/** How often one agency may ever ask one address. */
export const MAX_QUESTIONS = 3;
/** SQL: whether the address of consent `c` declined too recently to be asked again. */
export const DECLINED = `(c.state = 'declined' and coalesce(c.declined_at > now() - interval '90 days', false))`;

export interface Question extends MailLink {
  declined: boolean;
}

/** Whose mails a link is about, and to which address. */
export interface MailLink {
  agencyId: string;
  agency: string;
  email: string;
  /** It was answered before. */
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

  /** null: there is no such link, or it is too old. */
  async question(token: string): Promise<Question | null> {
    const [row] = await this.database.query<Question>(
      `select c.agency_id as "agencyId", a.name as agency, c.email, c.state = 'agreed' as done,
         c.state = 'declined' as declined
       from mail_consents c join agencies a on a.id = c.agency_id
       where c.token_hash = $1 and c.asked_at > now() - interval '${CONFIRM_DAYS} days'`,
      [sha256(token)],
    );
    return row ?? null;
  }

  /** From now on the address gets the mails of this agency that list it as a recipient. */
  agree(token: string): Promise<Question | null> {
    return this.#answer(token, true);
  }

  /** The address is not asked again for 90 days. */
  decline(token: string): Promise<Question | null> {
    return this.#answer(token, false);
  }

  /** The first answer counts. */
  async #answer(token: string, yes: boolean): Promise<Question | null> {
    const link = await this.question(token);
    if (!link || link.done || link.declined) return link;
    const { agencyId, email } = link;
    const answered = await this.database.transaction(async (manager) => {
      const waiting = { agencyId, email, state: 'waiting' } as const;
      const answer = yes
        ? ({ state: 'agreed', declinedAt: null } as const)
        : ({ state: 'declined', declinedAt: () => 'now()' } as const);
      await manager.update(MailConsent, waiting, { ...answer, askAt: null });
      const recipients = await manager.find(WebhookRecipient, { where: waiting, lock: { mode: 'for_no_key_update' } });
      const state = yes ? 'confirmed' : 'unsubscribed';
      await manager.update(WebhookRecipient, waiting, { state, changedAt: () => 'now()' });
      await this.#record(manager, yes ? 'recipient.confirmed' : 'recipient.declined', { agencyId, email });
      return recipients;
    });
    for (const { webhookId } of answered) this.changes.webhook(agencyId, webhookId);
    return { ...link, done: yes, declined: !yes };
  }

  /** null: there is no such link, or the recipient was removed. */
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
    if (!row || !this.#isValid(row, token)) return null;
    const { secret: _secret, ...link } = row;
    return link;
  }

  /** The webhook sends no more mails to this recipient, and other webhooks of the agency ask again before they do. */
  async unsubscribe(token: string): Promise<MailLink | null> {
    const link = await this.subscription(token);
    if (!link || link.done) return link;
    const { id, agencyId, webhookId, email } = link;
    await this.database.transaction(async (manager) => {
      const unsubscribed = { state: 'unsubscribed', reason: null, changedAt: () => 'now()' } as const;
      await manager.update(WebhookRecipient, { id }, unsubscribed);
      const declined = { state: 'declined', declinedAt: () => 'now()', askAt: null } as const;
      await manager.upsert(MailConsent, { agencyId, email, ...declined }, ['agencyId', 'email']);
      await this.#record(manager, 'recipient.unsubscribed', { agencyId, email, webhookId });
    });
    this.changes.webhook(agencyId, webhookId);
    return { ...link, done: true };
  }

  #isValid(row: { id: string; agencyId: string; webhookId: string; secret: Buffer }, token: string): boolean {
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
