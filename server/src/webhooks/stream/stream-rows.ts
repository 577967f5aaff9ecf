import type { EntityManager } from 'typeorm';
import { countDeliveries } from '../deliveries/delivery-queries.js';
import { findRecoveries } from '../recoveries/recoveries.service.js';
import type { ChangedIds } from '../engine/changes.js';
import { findWebhooksByIds, type WebhookRow } from '../settings/webhook-queries.js';
import { healthOf } from '../settings/webhook-view.js';
import type { StreamCounts, StreamDelivery, StreamMessage, StreamWebhook } from './stream.dto.js';

/* Reads of the stream, with the rights of the agency: notifications are trusted for ids only. */

const DAY_MS = 86_400_000;

/** A message for each id that exists, and for each deleted webhook. */
export async function readChanges(manager: EntityManager, agencyId: string, ids: ChangedIds): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  if (ids.deliveries.size > 0) {
    const deliveries: StreamDelivery[] = await manager.query(
      `select id, webhook_id, event_type as event, test, state as status, attempts, last_status as response_status,
         last_reason as reason, duration_ms, next_attempt_at
       from all_deliveries where agency_id = $1 and id = any($2) order by id`,
      [agencyId, [...ids.deliveries]],
    );
    for (const data of deliveries) messages.push({ type: 'delivery', data });
  }
  if (ids.webhooks.size > 0) {
    const rows = await findWebhooksByIds(manager, agencyId, [...ids.webhooks]);
    for (const row of rows) messages.push({ type: 'webhook', data: webhookJson(row) });
    const found = new Set(rows.map(({ id }) => id));
    for (const id of ids.webhooks) if (!found.has(id)) messages.push({ type: 'webhook', data: { id, deleted: true } });
  }
  if (ids.recoveries.size > 0) {
    const recoveries = await findRecoveries(manager, agencyId, [...ids.recoveries]);
    for (const data of recoveries) messages.push({ type: 'recovery', data });
  }
  return messages;
}

/** Of the last 24 hours, without tests. */
export async function readCounts(manager: EntityManager, agencyId: string): Promise<StreamCounts> {
  const from = new Date(Date.now() - DAY_MS).toISOString();
  const { total, ...counts } = await countDeliveries(manager, agencyId, { from });
  return { all: total, ...counts };
}

function webhookJson(row: WebhookRow): StreamWebhook {
  const { delivered, failed, failed_attempts, left_out } = row.last_24h;
  return {
    id: row.id,
    health: healthOf(row),
    failures_in_a_row: row.failures_in_a_row,
    is_active: row.is_active,
    paused_until: row.paused_until,
    held_until: row.held_until,
    off_reason: row.off_reason,
    counts_24h: { delivered, failed, failed_attempts, left_out },
  };
}
