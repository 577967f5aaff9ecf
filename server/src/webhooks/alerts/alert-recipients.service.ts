import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { type EntityManager, IsNull } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import type { FieldError } from '../../lib/app-error.js';
import { foldEmail } from '../../lib/email.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { validationFailed } from '../../http/field-errors.js';
import { Mailer } from '../../outbound/mailer.js';
import { Keyring } from '../../lib/keyring.js';
import { isChat } from '../destinations/kinds.js';
import { UNREADABLE, WebhookAddresses } from '../model/webhook-addresses.js';
import { encryptAlertAddress } from '../model/webhook-secrets.js';
import { Webhook } from '../model/webhook.entity.js';
import { getStoredWebhook, lockWebhook } from '../settings/webhook-queries.js';
import { WebhookSettings } from '../settings/webhook-settings.js';
import type { AlertsResponse, UpdateAlerts } from './alerts.dto.js';
import { recipientsSql } from './recipients-sql.js';
import { WebhookAlerts } from './webhook-alerts.entity.js';

type StoredRow = Pick<AlertsResponse, 'emails' | 'chat_webhook_id' | 'default'> & { url: Buffer | null };

/** Alert recipients of a webhook. Each method is one transaction that sees only this agency. */
@Injectable()
export class AlertRecipients {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly settings: WebhookSettings,
    private readonly mailer: Mailer,
    private readonly audit: AuditLog,
    private readonly addresses: WebhookAddresses,
    private readonly keyring: Keyring,
  ) {}

  /** Throws AppError not_found. */
  get({ agencyId }: AgencyActor, webhookId: string): Promise<AlertsResponse> {
    return this.transaction.run(agencyId, async (manager) => {
      await getStoredWebhook(manager, agencyId, webhookId);
      const [row] = await manager.query<StoredRow[]>(
        `select r.emails, r.url, r.chat_webhook_id, r.is_default as "default"
         from webhooks w cross join lateral (${recipientsSql('w', '$3')}) r where w.id = $1 and w.agency_id = $2`,
        [webhookId, agencyId, this.mailer.works],
      );
      const url = row!.url && (this.addresses.openAlert({ agencyId, webhookId }, row!.url) ?? UNREADABLE);
      return { ...row!, url };
    });
  }

  /** Throws AppError not_found, or validation_failed with all problems. */
  put(actor: AgencyActor, webhookId: string, input: UpdateAlerts): Promise<AlertsResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      await lockWebhook(manager, agencyId, webhookId);
      const chat = input.chat_webhook_id ?? null;
      const problems = [...this.#problems(input), ...(await chatProblems(manager, { agencyId, webhookId, chat }))];
      if (problems.length > 0) throw validationFailed(problems);
      const stored = {
        default: false,
        emails: [...new Set(input.emails.map(foldEmail))],
        url: input.url,
        chat_webhook_id: chat,
      };
      const at = { agencyId, webhookId };
      const url = input.url === null ? null : encryptAlertAddress(this.keyring, at, input.url);
      const row = { ...at, emails: stored.emails, url, chatWebhookId: chat };
      await manager.upsert(WebhookAlerts, { ...row, updatedAt: () => 'now()' }, ['webhookId']);
      const details = { emails: stored.emails.length, url: stored.url !== null, chat: chat !== null };
      const about = { targetKind: 'webhook', targetId: webhookId, details };
      await this.audit.record(manager, actor, { action: 'webhook.alerts_changed', ...about });
      return stored;
    });
  }

  #problems({ emails, url }: UpdateAlerts): FieldError[] {
    const problems = emails.flatMap((email, index) =>
      // isEmail alone does not limit the whole address.
      isEmail(email) && email.length <= 320
        ? []
        : [{ field: `emails.${index}`, code: 'is_email', message: `Address ${index + 1} is not an email address.` }],
    );
    if (emails.length > 0 && !this.mailer.works) {
      const message = 'This server cannot send email: it has no SMTP_URL.';
      problems.push({ field: 'emails', code: 'no_mail', message });
    }
    return [...problems, ...(url === null ? [] : this.settings.addressProblems(url))];
  }
}

/** The chat reports that this webhook fails, so it must not be this webhook itself. */
async function chatProblems(
  manager: EntityManager,
  { agencyId, webhookId, chat }: { agencyId: string; webhookId: string; chat: string | null },
): Promise<FieldError[]> {
  if (chat === null) return [];
  const found = await manager.findOneBy(Webhook, { id: chat, agencyId, deletedAt: IsNull() });
  if (found && isChat(found.kind) && chat !== webhookId) return [];
  const message = 'Choose another webhook of your agency, of Slack, Microsoft Teams or Google Chat.';
  return [{ field: 'chat_webhook_id', code: 'no_chat', message }];
}
