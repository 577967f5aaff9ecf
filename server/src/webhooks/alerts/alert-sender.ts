import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { AppLinks } from '../../outbound/app-links.js';
import { GuardedHttp } from '../../outbound/guarded-http.js';
import { Mailer, MailFailure } from '../../outbound/mailer.js';
import { chatMessage, isChat, toolAddressProblem, toolHosts, type ToolHosts } from '../destinations/kinds.js';
import { USER_AGENT } from '../engine/send/message-headers.js';
import { WebhookConfigs } from '../engine/webhook-configs.js';
import { UNREADABLE, WebhookAddresses } from '../model/webhook-addresses.js';
import type { AlertFacts } from './alert.entity.js';
import { alertMail } from './alert-mail.js';
import { alertBody, alertHeaders } from './alert-message.js';
import type { PendingAlert, SendResult } from './alert-outbox.js';
import { wordsOf } from './alert-words.js';

@Injectable()
export class AlertSender {
  readonly #hosts: ToolHosts;
  readonly #log = new Logger('Alerts');
  readonly #by: Record<PendingAlert['channel'], (alert: PendingAlert) => Promise<void>> = {
    email: (alert) => this.#mail(alert),
    url: (alert) => this.#post(alert),
    chat: (alert) => this.#chat(alert),
  };

  constructor(
    private readonly mailer: Mailer,
    private readonly http: GuardedHttp,
    private readonly configs: WebhookConfigs,
    private readonly addresses: WebhookAddresses,
    private readonly links: AppLinks,
    private readonly database: ServiceDatabase,
    @Inject(ENV) env: Env,
  ) {
    this.#hosts = toolHosts(env.destinationHosts);
  }

  /** Never rejects. */
  async send(pending: PendingAlert): Promise<SendResult> {
    const alert = { ...pending, facts: this.#opened(pending) };
    try {
      await this.#by[alert.channel](alert);
      return 'sent';
    } catch (error) {
      const permanent = error instanceof MailFailure && error.permanent;
      // Never log the address: it is personal, or a URL that may hold a key.
      const reason = error instanceof Error ? error.message : String(error);
      const outcome = permanent ? 'was refused' : 'will be retried';
      this.#log.warn(`alert ${alert.id} by ${alert.channel} ${outcome}: ${reason}`);
      return permanent ? 'never' : 'again';
    }
  }

  /** The address is encrypted in the alert as in its webhook. */
  #opened({ agencyId, webhookId, facts }: PendingAlert): AlertFacts {
    if (facts.url === null) return facts;
    const url = this.addresses.open({ agencyId, webhookId }, Buffer.from(facts.url, 'base64'));
    return { ...facts, url: url ?? UNREADABLE };
  }

  async #mail(alert: PendingAlert): Promise<void> {
    const words = wordsOf(alert.kind, alert.facts);
    await this.mailer.send(alertMail({ id: alert.id, to: alert.target }, words, this.#link(alert)));
  }

  /** A chat that is gone is tried for a day, like one that does not answer. */
  async #chat(alert: PendingAlert): Promise<void> {
    const [chat] = await this.database.query<{ version: number }>(
      'select version from webhooks where id = $1 and agency_id = $2 and deleted_at is null',
      [alert.target, alert.agencyId],
    );
    if (!chat) throw new Error('the webhook of the chat was deleted');
    const { tool, url } = await this.configs.get(alert.target, chat.version);
    if (!tool || !isChat(tool.kind) || url === null) throw new Error('the webhook is of no chat');
    if (toolAddressProblem(tool.kind, url, this.#hosts)) throw new Error('the address is not one of the chat');
    const { subject, lines } = wordsOf(alert.kind, alert.facts);
    const sentence = [{ text: lines.join(' '), strong: false }];
    const body = chatMessage(tool.kind, { id: alert.id, title: subject, sentence, link: this.#link(alert) });
    const status = await this.http.postJson(url, body, { 'user-agent': USER_AGENT });
    if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  }

  async #post(alert: PendingAlert): Promise<void> {
    const config = await this.configs.get(alert.webhookId, alert.version);
    const body = alertBody(alert, this.#link(alert));
    const status = await this.http.postJson(alert.target, body, alertHeaders(alert.id, body, config, Date.now()));
    if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  }

  /** The webhook in the admin app; null when this process does not listen and PUBLIC_URL is not set. */
  #link({ webhookId }: PendingAlert): string | null {
    return this.links.to(`/recruiter/api/webhooks/${webhookId}`);
  }
}
