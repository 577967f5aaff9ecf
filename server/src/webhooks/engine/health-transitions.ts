import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import { ENV, type Env } from '../../config/env.js';
import { repeating } from '../../database/repeating.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import { Changes } from './changes.js';
import { PendingDrops } from './queue/pending-drops.js';
import type { SettleRow } from './queue/settle-sql.js';
import { judge, probeDelayMs, type HealthFacts } from './webhook-health.js';

/*
 * Pauses a webhook or switches it off after a settle; a 410 has switched it off in the settle itself. Each change is
 * guarded in its statement, so two processes that judge the same facts change it once; after a crash the settle of the
 * next failure changes it. Called by the dispatcher.
 */

interface WebhookKey {
  agencyId: string;
  webhookId: string;
}

/** No success since the facts were judged: the counts only rise until one. Parameters $2 and $3 are the counts. */
const STILL_FAILING = 'failing_since is not null and failures_in_a_row >= $2 and failed_deliveries_in_a_row >= $3';

@Injectable()
export class HealthTransitions {
  readonly #log = new Logger('Health');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly drops: PendingDrops,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** `rows[n]` is the row settle returned for `records[n]`. Never rejects: the next settle judges again. */
  async follow(records: readonly AttemptRecord[], rows: readonly SettleRow[]): Promise<void> {
    const done = new Set<string>();
    for (const [index, { delivery }] of records.entries()) {
      if (!rows[index]!.switched_off || done.has(delivery.webhookId)) continue;
      done.add(delivery.webhookId);
      this.#ended(delivery, 'gone');
    }
    for (const [index, { delivery }] of records.entries()) {
      const row = rows[index]!;
      // Most webhooks never fail: nothing to judge.
      if (!row.failures_in_a_row || done.has(delivery.webhookId)) continue;
      done.add(delivery.webhookId);
      await this.#attempt(() => this.#follow(delivery, row));
    }
  }

  async #attempt(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#log.warn(`the health of a webhook could not be updated, retrying at its next failure: ${String(error)}`);
    }
  }

  async #follow(key: WebhookKey, row: SettleRow): Promise<void> {
    const facts: HealthFacts = {
      failuresInARow: row.failures_in_a_row!,
      failedDeliveriesInARow: row.failed_deliveries_in_a_row!,
      failingForMs: row.failing_for_ms,
      paused: row.paused!,
    };
    const verdict = judge(facts, this.env.delayScale);
    if (verdict === 'pause') await this.#pause(key, facts);
    if (verdict === 'switch_off') await this.#switchOff(key, facts);
  }

  async #pause({ webhookId }: WebhookKey, judged: HealthFacts): Promise<void> {
    const { rowCount } = await this.database.pool.query(
      `update webhook_health
       set paused_at = now(), paused_until = now() + $4::float8 * interval '1 millisecond', pause_count = 0
       where webhook_id = $1 and paused_until is null and ${STILL_FAILING}`,
      [webhookId, judged.failuresInARow, judged.failedDeliveriesInARow, probeDelayMs(0, this.env.delayScale)],
    );
    if (rowCount === 1) this.#log.log(`webhook ${webhookId} is paused: it keeps failing`);
  }

  async #switchOff({ agencyId, webhookId }: WebhookKey, judged: HealthFacts): Promise<void> {
    const changed = await repeating(() =>
      this.database.transaction(async (manager) => {
        // The health row is locked: a success in another process commits before this, or after it.
        const failing = (await manager.query(
          `select from webhook_health where webhook_id = $1 and ${STILL_FAILING} for update`,
          [webhookId, judged.failuresInARow, judged.failedDeliveriesInARow],
        )) as unknown[];
        if (failing.length === 0) return false;
        const [, count] = (await manager.query(
          `update webhooks
           set is_active = false, off_reason = 'failing_5_days', off_at = now(), version = version + 1,
             updated_at = now()
           where id = $1 and is_active and deleted_at is null`,
          [webhookId],
        )) as [unknown, number];
        if (count === 0) return false;
        const about = { agencyId, targetKind: 'webhook', targetId: webhookId };
        const details = { off_reason: 'failing_5_days' };
        await this.audit.record(manager, null, { action: 'webhook.switched_off', ...about, details });
        return true;
      }),
    );
    if (changed) this.#ended({ agencyId, webhookId }, 'failing_5_days');
  }

  /** Cancels the pending deliveries in the background: the results of all other webhooks wait for this. */
  #ended(webhook: WebhookKey, offReason: string): void {
    this.#log.log(`webhook ${webhook.webhookId} is switched off: ${offReason}`);
    this.changes.webhook(webhook.agencyId, webhook.webhookId);
    this.drops.later(webhook);
  }
}
