import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './attempt-record.js';
import { Changes } from './changes.js';
import { DeliveryQueue } from './delivery-queue.js';
import type { SettleRow } from './settle-sql.js';
import { judge, probeDelayMs } from './webhook-health.js';

/*
 * What follows from a settle for the webhook itself: pause it, or switch it off. Each change is guarded in its statement, so two processes that
 * judge the same facts change it once; one that crashes before changing it is followed by the next failure's settle. Called by the dispatcher.
 */

interface WebhookKey {
  agencyId: string;
  webhookId: string;
}

@Injectable()
export class HealthTransitions {
  readonly #log = new Logger('Health');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly queue: DeliveryQueue,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** `rows[n]` is what settle answered for `records[n]`. Never rejects: the next settle judges again. */
  async follow(records: readonly AttemptRecord[], rows: readonly SettleRow[]): Promise<void> {
    const gone = records.filter(
      ({ decision }, index) => decision.kind === 'switch_off' && rows[index]!.state !== 'fenced',
    );
    const done = new Set(gone.map(({ delivery }) => delivery.webhookId));
    for (const id of done)
      await this.#attempt(() => this.#afterGone(gone.find(({ delivery }) => delivery.webhookId === id)!.delivery));
    for (const [index, { delivery }] of records.entries()) {
      const row = rows[index]!;
      // Most webhooks never fail: nothing to judge, nothing to pay.
      if (!row.failures_in_a_row || done.has(delivery.webhookId)) continue;
      done.add(delivery.webhookId);
      await this.#attempt(() => this.#follow(delivery, row));
    }
  }

  async #attempt(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#log.warn(
        `the health of a webhook could not be changed, trying again at its next failure: ${String(error)}`,
      );
    }
  }

  async #follow(key: WebhookKey, row: SettleRow): Promise<void> {
    const facts = {
      failuresInARow: row.failures_in_a_row!,
      failedDeliveriesInARow: row.failed_deliveries_in_a_row!,
      failingForMs: row.failing_for_ms,
      paused: row.paused!,
    };
    const verdict = judge(facts, this.env.delayScale);
    if (verdict === 'pause') await this.#pause(key);
    if (verdict === 'switch_off') await this.#switchOff(key);
  }

  async #pause({ webhookId }: WebhookKey): Promise<void> {
    // Guarded by failing_since: a success that came in between has reopened it.
    await this.database.query(
      `update webhook_health set paused_at = now(), paused_until = now() + $2::float8 * interval '1 millisecond', pause_count = 0
       where webhook_id = $1 and paused_until is null and failing_since is not null`,
      [webhookId, probeDelayMs(0, this.env.delayScale)],
    );
    this.#log.log(`webhook ${webhookId} is paused: it fails without a break`);
  }

  async #switchOff({ agencyId, webhookId }: WebhookKey): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, changed] = (await manager.query(
        `update webhooks set is_active = false, off_reason = 'failing_5_days', off_at = now(), version = version + 1, updated_at = now()
         where id = $1 and is_active`,
        [webhookId],
      )) as [unknown, number];
      if (changed === 0) return;
      await this.queue.dropOwed(manager, { agencyId, webhookId, state: 'skipped', reason: 'webhook_off' });
      await this.#record(manager, { agencyId, webhookId }, 'failing_5_days');
    });
    this.changes.everything(agencyId);
  }

  /** Settle has switched it off with the 410 itself; what else is owed ends here. */
  async #afterGone({ agencyId, webhookId }: WebhookKey): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.queue.dropOwed(manager, { agencyId, webhookId, state: 'skipped', reason: 'webhook_off' });
      await this.#record(manager, { agencyId, webhookId }, 'gone');
    });
    this.changes.everything(agencyId);
  }

  async #record(
    manager: Parameters<AuditLog['record']>[0],
    { agencyId, webhookId }: WebhookKey,
    offReason: string,
  ): Promise<void> {
    this.#log.log(`webhook ${webhookId} is switched off: ${offReason}`);
    const about = { agencyId, targetKind: 'webhook', targetId: webhookId, details: { off_reason: offReason } };
    await this.audit.record(manager, null, { action: 'webhook.switched_off', ...about });
  }
}
