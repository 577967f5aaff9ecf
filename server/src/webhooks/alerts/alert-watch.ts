import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { uuidv7 } from '../../lib/ids.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Mailer } from '../../outbound/mailer.js';
import { SWITCH_OFF_AFTER_MS, WARN_BEFORE_MS } from '../engine/webhook-health.js';
import { Webhook } from '../model/webhook.entity.js';
import { Alert } from './alert.entity.js';
import type { OutdatedCondition } from '../destinations/conditions.js';
import { DUE_ALERTS_SQL, OUTDATED_ALERT_SQL } from './due-alerts-sql.js';
import type { WebhookAlerts } from './webhook-alerts.entity.js';

/*
 * Stores alerts for changes of health. It compares the health of a webhook with its last alerts, so the engine does not
 * deal with alerts, a crash between a change and its alert loses none, and a rate limit only delays them: the next
 * round compares again, with the health at that time. The comparison is repeated under a lock on the webhook, so that
 * only one of several replicas alerts.
 */

/**
 * SQL: false if no alert can be due: nothing fails, is closed or was switched off, and there is no alert to follow up.
 */
export const ALERTS_MAY_BE_DUE = /* sql */ `
  exists (select from webhook_health where failing_since is not null)
  or exists (select from webhook_health where closed_until is not null)
  or exists (select from webhooks where off_reason <> 'person' and deleted_at is null)
  or exists (select from alerts)`;
/** Between alerts of one kind for one webhook. */
const INTERVAL_MS = 3_600_000;
/** Emails, POSTs and chat messages of one agency in 24 hours. */
export const DAILY_MESSAGES = 200;

type DueAlert = Pick<Alert, 'webhookId' | 'agencyId' | 'kind' | 'facts'> &
  Pick<WebhookAlerts, 'emails' | 'url' | 'chatWebhookId'>;

@Injectable()
export class AlertWatch {
  readonly #log = new Logger('Alerts');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly mailer: Mailer,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async round(): Promise<void> {
    const found = await this.database.prepared<DueAlert>('due_alerts', DUE_ALERTS_SQL, this.#parameters(null));
    for (const { webhookId } of found) await this.database.transaction((manager) => this.#insert(manager, webhookId));
  }

  async #insert(manager: EntityManager, webhookId: string): Promise<void> {
    await this.#lock(manager, webhookId);
    const [due] = await manager.query<DueAlert[]>(DUE_ALERTS_SQL, this.#parameters(webhookId));
    // None if another replica was faster, or it is no longer true.
    if (due) await this.#store(manager, due);
  }

  /** Alerts that conditions of the webhook are outdated, once for the same conditions. */
  async outdatedConditions(webhookId: string, conditions: readonly OutdatedCondition[]): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.#lock(manager, webhookId);
      const values = [webhookId, JSON.stringify(conditions), this.mailer.works, DAILY_MESSAGES];
      const [due] = await manager.query<DueAlert[]>(OUTDATED_ALERT_SQL, values);
      if (due) await this.#store(manager, due);
    });
  }

  /** Blocks other replicas and changes of the recipients, but not settling. */
  async #lock(manager: EntityManager, webhookId: string): Promise<void> {
    await manager.findOne(Webhook, {
      select: { id: true },
      where: { id: webhookId },
      lock: { mode: 'for_no_key_update' },
    });
  }

  async #store(manager: EntityManager, due: DueAlert): Promise<void> {
    const { webhookId } = due;
    const { agencyId, kind, facts, emails, url, chatWebhookId } = due;
    const alert = (channel: Alert['channel'], target: string) => {
      return { id: uuidv7(), agencyId, webhookId, kind, channel, target, facts };
    };
    const alerts = [
      ...emails.map((email) => alert('email', email)),
      ...(url === null ? [] : [alert('url', webhookId)]),
      ...(chatWebhookId === null ? [] : [alert('chat', chatWebhookId)]),
    ];
    await manager.insert(Alert, alerts);
    this.#log.log(`webhook ${webhookId}: alert ${kind}, recipients: ${alerts.length}`);
  }

  #parameters(webhookId: string | null): unknown[] {
    const { delayScale } = this.env;
    const limits = [INTERVAL_MS, DAILY_MESSAGES];
    return [webhookId, SWITCH_OFF_AFTER_MS * delayScale, WARN_BEFORE_MS * delayScale, ...limits, this.mailer.works];
  }
}
