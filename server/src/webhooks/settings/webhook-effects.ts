import { type EntityManager, IsNull, Not } from 'typeorm';
import { groupsOver, isTool, paceOf } from '../destinations/kinds.js';
import { phaseAt, scheduleOf } from '../destinations/schedule.js';
import { phaseColumns, SET_FLOW_SQL } from '../engine/queue/turn-sql.js';
import { everyMs } from '../model/pace.js';
import { WebhookHealth } from '../model/webhook-health.entity.js';
import type { Webhook } from '../model/webhook.entity.js';
import { lockWebhook } from './webhook-queries.js';
import type { UpdateWebhook } from './webhooks.dto.js';

/*
 * The locks and side effects of a change of a webhook: health, pace and turns. Called in the transaction of the change.
 */

/** The webhook, locked for this change; its health first, in the order of settle. Throws AppError not_found. */
export async function lockForChange(
  manager: EntityManager,
  agencyId: string,
  id: string,
  input: UpdateWebhook,
): Promise<Webhook> {
  const health = { where: { webhookId: id, agencyId }, lock: { mode: 'pessimistic_write' } } as const;
  if (input.url !== undefined || input.is_active === true) await manager.findOne(WebhookHealth, health);
  return lockWebhook(manager, agencyId, id);
}

/** Stores pace and schedule for the queue. Tools get one message at a time, never faster than they allow. */
export async function setFlow(
  manager: EntityManager,
  { id, agencyId, kind, pace, style }: Pick<Webhook, 'id' | 'agencyId' | 'kind' | 'pace' | 'style'>,
): Promise<void> {
  const kept = paceOf(kind, pace);
  if (!kept) {
    await manager.query('delete from webhook_flow where webhook_id = $1 and agency_id = $2', [id, agencyId]);
    return;
  }
  const schedule = scheduleOf(style);
  const over = groupsOver(kind, schedule.group);
  const phase = phaseColumns(phaseAt(schedule, Date.now()));
  await manager.query(SET_FLOW_SQL, [
    id,
    agencyId,
    everyMs(kept),
    isTool(kind) || kept.limit === 1,
    over,
    phase.cutoffAt,
    phase.until,
  ]);
}

/** The columns of a webhook that a person turns off, or on. */
export const OFF = { isActive: false, offReason: 'person', offAt: () => 'now()' } as const;
export const ON = { isActive: true, offReason: null, offAt: null, undoUntil: null } as const;

/** For a webhook that is turned on: otherwise the next failure would switch it off again. */
export async function resetHealth(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  const failures = {
    failuresInARow: 0,
    failedDeliveriesInARow: 0,
    failingSince: null,
    downAttempts: 0,
    downSince: null,
  };
  const pause = { pausedAt: null, pausedUntil: null, pauseCount: 0, probeDeliveryId: null };
  const hold = { heldSince: null, heldUntil: null, holds: 0 };
  await manager.update(WebhookHealth, { webhookId: id, agencyId }, { ...failures, ...pause, ...hold });
}

/** Probes a paused or held webhook at once: the time of its next probe was chosen for the old address. */
export async function probeNow(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  const at = { webhookId: id, agencyId };
  await manager.update(
    WebhookHealth,
    { ...at, pausedUntil: Not(IsNull()) },
    { pausedUntil: () => 'now()', pauseCount: 0 },
  );
  await manager.update(WebhookHealth, { ...at, heldUntil: Not(IsNull()) }, { heldUntil: () => 'now()' });
}
