import { Inject, Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Outboxes } from '../../mail/outboxes.js';
import { AppLinks } from '../../outbound/app-links.js';
import { GuardedHttp } from '../../outbound/guarded-http.js';
import { LONGEST_MAIL_MS, Mailer } from '../../outbound/mailer.js';
import { Outbox, type OutboxTable } from '../../outbound/outbox.js';
import { chatMessage, isChat, toolAddressProblem, toolHosts, type ToolHosts } from '../destinations/kinds.js';
import { longestAttemptMs } from '../engine/attempt-time.js';
import { USER_AGENT } from '../engine/send/message-headers.js';
import { WebhookConfigs } from '../engine/webhook-configs.js';
import { UNREADABLE, WebhookAddresses } from '../model/webhook-addresses.js';
import { Webhook } from '../model/webhook.entity.js';
import type { Alert, AlertFacts } from './alert.entity.js';
import { alertBody, alertHeaders, alertMail } from './alert-message.js';
import { textOf } from './alert-text.js';

type AlertField = 'id' | 'agencyId' | 'webhookId' | 'kind' | 'channel' | 'target' | 'facts' | 'createdAt' | 'attempts';

/**
 * `version`: of the webhook, the key of its settings in the engine's cache; null: deleted. `url`: for alerts,
 * encrypted.
 */
type PendingAlert = Pick<Alert, AlertField> & { version: number | null; url: Buffer | null };
type DueAlert = PendingAlert & { version: number };

export const alertsTable = (env: Pick<Env, 'attemptTimeoutMs'>): OutboxTable => ({
  name: 'alerts',
  columns: `m.agency_id as "agencyId", m.webhook_id as "webhookId", m.kind, m.channel, m.target, m.facts,
    m.created_at as "createdAt",
    (select w.version from webhooks w where w.id = m.webhook_id
      and (w.deleted_at is null or w.undo_until > now())) as version,
    (select a.url from webhook_alerts a where a.webhook_id = m.webhook_id) as url`,
  leaseMs: 2 * Math.max(longestAttemptMs(env), LONGEST_MAIL_MS),
  // Longer than the age limit of facts (due-alerts-sql.ts).
  kept: '30 days',
});

@Injectable()
export class AlertSender {
  readonly #hosts: ToolHosts;
  readonly #by: Record<Alert['channel'], (alert: DueAlert) => Promise<void>> = {
    email: (alert) => this.#mail(alert),
    url: (alert) => this.#post(alert),
    chat: (alert) => this.#chat(alert),
  };

  constructor(
    outboxes: Outboxes,
    private readonly mailer: Mailer,
    private readonly http: GuardedHttp,
    private readonly configs: WebhookConfigs,
    private readonly addresses: WebhookAddresses,
    private readonly links: AppLinks,
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
    outboxes.add<PendingAlert>({
      name: 'alert_outbox',
      outbox: new Outbox(database, env, alertsTable(env)),
      send: (alert) => this.#send(alert),
      nameOf: ({ id, channel }) => `alert ${id} by ${channel}`,
    });
  }

  async #send({ version, ...pending }: PendingAlert): Promise<boolean> {
    if (version === null || (pending.channel === 'url' && pending.url === null)) return false;
    await this.#by[pending.channel]({ ...pending, version, facts: this.#decryptedFacts(pending) });
    return true;
  }

  /** The facts with the address of the webhook, which is encrypted in the alert as well. */
  #decryptedFacts({ agencyId, webhookId, facts }: Omit<PendingAlert, 'version'>): AlertFacts {
    if (facts.url === null) return facts;
    const url = this.addresses.open({ agencyId, webhookId }, Buffer.from(facts.url, 'base64'));
    return { ...facts, url: url ?? UNREADABLE };
  }

  async #mail(alert: DueAlert): Promise<void> {
    const text = textOf(alert.kind, alert.facts);
    await this.mailer.send(alertMail({ id: alert.id, to: alert.target }, text, this.#link(alert)));
  }

  /** A chat that is gone is retried for a day, like one that does not answer. */
  async #chat(alert: DueAlert): Promise<void> {
    const chat = await this.database.manager.findOne(Webhook, {
      select: { id: true, version: true },
      where: { id: alert.target, agencyId: alert.agencyId, deletedAt: IsNull() },
    });
    if (!chat) throw new Error('the webhook of the chat was deleted');
    const { tool, url } = await this.configs.get(alert.target, chat.version);
    if (!tool || !isChat(tool.kind) || url === null) throw new Error('the webhook does not send to a chat');
    if (toolAddressProblem(tool.kind, url, this.#hosts)) throw new Error('the address does not belong to the chat');
    const { subject, lines } = textOf(alert.kind, alert.facts);
    const sentence = [{ text: lines.join(' '), strong: false }];
    const body = chatMessage(tool.kind, { id: alert.id, title: subject, sentence, link: this.#link(alert) });
    await this.#postJson(url, body, { 'user-agent': USER_AGENT });
  }

  async #post(alert: DueAlert): Promise<void> {
    const config = await this.configs.get(alert.webhookId, alert.version);
    const url = this.addresses.openAlert(alert, alert.url!) ?? UNREADABLE;
    const body = alertBody(alert, this.#link(alert));
    await this.#postJson(url, body, alertHeaders(alert.id, body, config, Date.now()));
  }

  async #postJson(url: string, body: string, headers: Record<string, string>): Promise<void> {
    const status = await this.http.postJson(url, body, headers);
    if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  }

  /** The link to the webhook in the admin app; null if this process does not listen and PUBLIC_URL is not set. */
  #link({ webhookId }: DueAlert): string | null {
    return this.links.to(`/recruiter/api/webhooks/${webhookId}`);
  }
}
