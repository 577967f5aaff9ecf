import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ENV, type Env } from '../../config/env.js';
import { publicUrlOf } from '../../config/public-url.js';
import { GuardedHttp } from '../../outbound/guarded-http.js';
import { Mailer, MailFailure } from '../../outbound/mailer.js';
import { WebhookConfigs } from '../engine/webhook-configs.js';
import { alertMail } from './alert-mail.js';
import { alertBody, alertHeaders } from './alert-message.js';
import type { OwedAlert, Sent } from './alert-outbox.js';
import { wordsOf } from './alert-words.js';

/** Sends one alert to its one recipient. */
@Injectable()
export class AlertSender {
  readonly #log = new Logger('Alerts');

  constructor(
    private readonly mailer: Mailer,
    private readonly http: GuardedHttp,
    private readonly configs: WebhookConfigs,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Never rejects. */
  async send(alert: OwedAlert): Promise<Sent> {
    try {
      if (alert.channel === 'email') await this.#mail(alert);
      else await this.#post(alert);
      return 'sent';
    } catch (error) {
      const permanent = error instanceof MailFailure && error.permanent;
      // No address in the log: neither a person's, nor one that may hold a key.
      const why = error instanceof Error ? error.message : String(error);
      this.#log.warn(`alert ${alert.id} by ${alert.channel} ${permanent ? 'was refused' : 'is tried again'}: ${why}`);
      return permanent ? 'never' : 'again';
    }
  }

  #mail(alert: OwedAlert): Promise<void> {
    const words = wordsOf(alert.kind, alert.facts);
    return this.mailer.send(alertMail({ id: alert.id, to: alert.target }, words, this.#link(alert)));
  }

  async #post(alert: OwedAlert): Promise<void> {
    const config = await this.configs.get(alert.webhook_id, alert.version);
    const body = alertBody(alert, this.#link(alert));
    const status = await this.http.postJson(alert.target, body, alertHeaders(alert.id, body, config, Date.now()));
    if (status < 200 || status > 299) throw new Error(`answered ${status}`);
  }

  /** The webhook in the admin app; null in a process that listens to nobody and was not told where others do. */
  #link({ webhook_id: webhookId }: OwedAlert): string | null {
    const address = this.adapterHost.httpAdapter?.getHttpServer()?.address() as AddressInfo | null | undefined;
    const base = this.env.publicUrl ?? (address ? publicUrlOf(this.env, address.port) : null);
    return base === null ? null : `${base}/recruiter/api/webhooks/${webhookId}`;
  }
}
