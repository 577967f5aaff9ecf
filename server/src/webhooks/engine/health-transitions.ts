import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { retryOnConflict, ServiceDatabase } from '../../database/service-database.js';
import { uuidv7 } from '../../lib/ids.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { WebhookRef } from './queue/claimed-delivery.js';
import { Changes } from './changes.js';
import { PendingDrops } from './queue/pending-drops.js';
import type { SettleRow } from './queue/settle-sql.js';
import { judge, probeDelayMs, type HealthFacts } from './webhook-health.js';

/*
 * Pauses failing webhooks or switches them off after a settle, with at most one statement for each, because all results
 * wait for it. The statements check that the facts still hold, so if two processes judge the same facts, one of them
 * changes the webhook. After a crash, the settle of the next failure does. Called by the attempt runner.
 */

interface Judged {
  webhookId: string;
  row: SettleRow;
}

/**
 * Webhooks ($1) without a success since they were judged by the counts $2 to $4: counts rise until a success resets
 * them. Locks the health rows, so a success in another process commits before this or after it.
 */
const STILL_FAILING = /* sql */ `
  select h.webhook_id from webhook_health h
    join unnest($1::uuid[], $2::int[], $3::int[], $4::int[]) as j(id, failures, down, deliveries) on h.webhook_id = j.id
  where h.failing_since is not null and h.failures_in_a_row >= j.failures and h.down_attempts >= j.down
    and h.failed_deliveries_in_a_row >= j.deliveries
  order by h.webhook_id for update of h`;

/** $5: milliseconds until the first probe. */
const PAUSE_SQL = /* sql */ `
with failing as (${STILL_FAILING})
update webhook_health h
set paused_at = now(), paused_until = now() + $5::float8 * interval '1 millisecond', pause_count = 0
from failing f where h.webhook_id = f.webhook_id and h.paused_until is null returning h.webhook_id`;

/** $5: ids of audit entries, one for each webhook. */
const SWITCH_OFF_SQL = /* sql */ `
with failing as (${STILL_FAILING}), off as (
  update webhooks w
  set is_active = false, off_reason = 'failing_5_days', off_at = now(), version = version + 1, updated_at = now()
  from failing f where w.id = f.webhook_id and w.is_active and w.deleted_at is null returning w.id, w.agency_id
), audited as (
  insert into audit_log (id, agency_id, actor_kind, action, target_kind, target_id, details)
  select e.id, o.agency_id, 'system', 'webhook.switched_off', 'webhook', o.id, '{"off_reason": "failing_5_days"}'
  from off o join unnest($1::uuid[], $5::uuid[]) as e(webhook_id, id) on e.webhook_id = o.id
)
select id as "webhookId", agency_id as "agencyId" from off`;

@Injectable()
export class HealthTransitions {
  readonly #log = new Logger('Health');

  constructor(
    private readonly database: ServiceDatabase,
    private readonly drops: PendingDrops,
    private readonly changes: Changes,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** `rows[n]` is the row settle returned for `records[n]`. Never rejects: the next settle judges again. */
  async update(records: readonly AttemptRecord[], rows: readonly SettleRow[]): Promise<void> {
    const failing = new Map<string, SettleRow>();
    for (const [index, { delivery }] of records.entries()) {
      const row = rows[index]!;
      if (!row.switched_off && !row.failures_in_a_row) continue;
      if (row.switched_off && !failing.get(delivery.webhookId)?.switched_off) this.#end(delivery, 'gone');
      failing.set(delivery.webhookId, row);
    }
    const judged = [...failing].flatMap(([webhookId, row]) => {
      const verdict = row.switched_off ? 'steady' : judge(row as HealthFacts, this.env.delayScale);
      return verdict === 'steady' ? [] : [{ webhookId, row, verdict }];
    });
    try {
      await this.#pause(judged.filter(({ verdict }) => verdict === 'pause'));
      await this.#switchOff(judged.filter(({ verdict }) => verdict === 'switch_off'));
    } catch (error) {
      this.#log.warn(`the health of webhooks could not be updated, retrying at their next failure: ${String(error)}`);
    }
  }

  async #pause(judged: readonly Judged[]): Promise<void> {
    if (judged.length === 0) return;
    const values = [...countsOf(judged), probeDelayMs(0, this.env.delayScale)];
    const paused = await retryOnConflict(() => this.database.query<{ webhook_id: string }>(PAUSE_SQL, values));
    for (const row of paused) this.#log.log(`webhook ${row.webhook_id} is paused: it keeps failing`);
  }

  async #switchOff(judged: readonly Judged[]): Promise<void> {
    if (judged.length === 0) return;
    const values = [...countsOf(judged), judged.map(() => uuidv7())];
    const off = await retryOnConflict(() => this.database.query<WebhookRef>(SWITCH_OFF_SQL, values));
    for (const webhook of off) this.#end(webhook, 'failing_5_days');
  }

  /** Cancels the pending deliveries in the background: the results of all other webhooks wait for this. */
  #end({ agencyId, webhookId }: WebhookRef, offReason: string): void {
    this.#log.log(`webhook ${webhookId} is switched off: ${offReason}`);
    this.changes.webhook(agencyId, webhookId);
    this.drops.later({ agencyId, webhookId });
  }
}

function countsOf(judged: readonly Judged[]): unknown[] {
  return [
    judged.map(({ webhookId }) => webhookId),
    judged.map(({ row }) => row.failures_in_a_row),
    judged.map(({ row }) => row.down_attempts),
    judged.map(({ row }) => row.failed_deliveries_in_a_row),
  ];
}
