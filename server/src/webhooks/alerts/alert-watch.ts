import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { uuidv7 } from '../../lib/ids.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Mailer } from '../../outbound/mailer.js';
import { SWITCH_OFF_AFTER_MS, WARN_BEFORE_MS } from '../engine/webhook-health.js';
import type { AlertFacts, AlertKind } from './alert.entity.js';
import { DUE_ALERTS_SQL } from './due-alerts-sql.js';

/*
 * Inserts alerts for changes of health. It compares the health of a webhook with its last alerts, so the engine does
 * not deal with alerts, a crash between a change and its alert loses none, and a rate limit only delays: the next round
 * compares again, with the health at that time. The comparison is repeated under a lock on the webhook, so that
 * replicas alert only once.
 */

/** Between alerts of one kind for one webhook. */
const INTERVAL_MS = 3_600_000;
/** E-mails and POSTs of one agency in 24 hours. */
export const DAILY_MESSAGES = 200;

interface DueAlert {
  webhook_id: string;
  agency_id: string;
  emails: string[];
  url: string | null;
  kind: AlertKind;
  facts: AlertFacts;
}

@Injectable()
export class AlertWatch {
  readonly #log = new Logger('Alerts');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly mailer: Mailer,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async round(): Promise<void> {
    const found = await this.database.query<DueAlert>(DUE_ALERTS_SQL, this.#parameters(null));
    for (const { webhook_id: webhookId } of found)
      await this.database.transaction((manager) => this.#insert(manager, webhookId));
  }

  async #insert(manager: EntityManager, webhookId: string): Promise<void> {
    // Blocks other replicas and changes of the recipients, but not settling.
    await manager.query('select from webhooks where id = $1 for no key update', [webhookId]);
    const [due] = (await manager.query(DUE_ALERTS_SQL, this.#parameters(webhookId))) as DueAlert[];
    // Another replica was faster, or it is no longer true.
    if (!due) return;
    const targets: [channel: string, target: string][] = due.emails.map((email) => ['email', email]);
    if (due.url !== null) targets.push(['url', due.url]);
    for (const [channel, target] of targets) {
      await manager.query(
        `insert into alerts (id, agency_id, webhook_id, kind, channel, target, facts)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [uuidv7(), due.agency_id, webhookId, due.kind, channel, target, JSON.stringify(due.facts)],
      );
    }
    this.#log.log(`webhook ${webhookId}: alert ${due.kind}, recipients: ${targets.length}`);
  }

  #parameters(webhookId: string | null): unknown[] {
    const { delayScale } = this.env;
    const limits = [INTERVAL_MS, DAILY_MESSAGES];
    return [webhookId, SWITCH_OFF_AFTER_MS * delayScale, WARN_BEFORE_MS * delayScale, ...limits, this.mailer.works];
  }
}
