import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { uuidv7 } from '../../lib/ids.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { Mailer } from '../../outbound/mailer.js';
import { SWITCH_OFF_AFTER_MS, WARN_BEFORE_MS } from '../engine/webhook-health.js';
import type { AlertFacts, AlertKind } from './alert.entity.js';
import { TO_TELL_SQL } from './due-alerts-sql.js';

/*
 * Finds what somebody must be told and has not been told yet, and writes it down as owed alerts. It compares how a webhook stands with what
 * was told last, so nothing in the engine has to think of alerts, a crash between a change and its alert loses none, and a limit only delays:
 * the next round asks again, and tells what is then true. The row of the webhook is locked while it asks once more and writes, so replicas
 * tell each thing once.
 */

/** Alerts of one kind for one webhook. */
const HOURLY_MS = 3_600_000;
/** Messages (each e-mail and each POST is one) of one agency in 24 hours. */
export const DAILY_MESSAGES = 200;

interface ToTell {
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

  /** One round over all webhooks. */
  async round(): Promise<void> {
    const found = await this.database.query<ToTell>(TO_TELL_SQL, this.#parameters(null));
    for (const { webhook_id: webhookId } of found)
      await this.database.transaction((manager) => this.#tell(manager, webhookId));
  }

  async #tell(manager: EntityManager, webhookId: string): Promise<void> {
    // Whoever changes the recipients waits too; settling does not.
    await manager.query('select from webhooks where id = $1 for no key update', [webhookId]);
    const [tell] = (await manager.query(TO_TELL_SQL, this.#parameters(webhookId))) as ToTell[];
    // Another replica was faster.
    if (!tell) return;
    const targets: [channel: string, target: string][] = tell.emails.map((email) => ['email', email]);
    if (tell.url !== null) targets.push(['url', tell.url]);
    for (const [channel, target] of targets) {
      await manager.query(
        `insert into alerts (id, agency_id, webhook_id, kind, channel, target, facts) values ($1, $2, $3, $4, $5, $6, $7)`,
        [uuidv7(), tell.agency_id, webhookId, tell.kind, channel, target, JSON.stringify(tell.facts)],
      );
    }
    this.#log.log(`webhook ${webhookId}: ${tell.kind} is told to ${targets.length}`);
  }

  #parameters(webhookId: string | null): unknown[] {
    const { delayScale } = this.env;
    const limits = [HOURLY_MS, DAILY_MESSAGES];
    return [webhookId, SWITCH_OFF_AFTER_MS * delayScale, WARN_BEFORE_MS * delayScale, ...limits, this.mailer.works];
  }
}
