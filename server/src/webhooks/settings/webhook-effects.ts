import { type EntityManager, IsNull, Not } from 'typeorm';
import { groupsOver, isTool, paceOf } from '../destinations/kinds.js';
import { phaseAt, scheduleOf } from '../destinations/schedule.js';
import { phaseColumns, SET_FLOW_SQL } from '../engine/queue/turn-sql.js';
import { everyMs } from '../model/pace.js';
import { WebhookHealth } from '../model/webhook-health.entity.js';
import { Webhook } from '../model/webhook.entity.js';
import { lockWebhook } from './webhook-queries.js';
import type { UpdateWebhook } from './webhooks.dto.js';

/*
 * What a change of a webhook locks, and what it does beside its row: health, pace and turns, the key. Called in the
 * transaction of the change.
 */

/** The webhook, locked for this change. Its health comes first, as by settle. Throws AppError not_found. */
export async function lockForChange(
  manager: EntityManager,
  agencyId: string,
  id: string,
  asked: UpdateWebhook,
): Promise<Webhook> {
  if (asked.url !== undefined || asked.is_active === true) await lockHealth(manager, agencyId, id);
  return lockWebhook(manager, agencyId, id);
}

async function lockHealth(manager: EntityManager, agencyId: string, webhookId: string): Promise<void> {
  await manager.findOne(WebhookHealth, { where: { webhookId, agencyId }, lock: { mode: 'pessimistic_write' } });
}

/** Tools get one message at a time, so that none arrives sooner than the tool takes it. */
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

export async function switchOff(
  manager: EntityManager,
  { id, agencyId }: Webhook,
  undoUntil: (() => string) | null,
): Promise<void> {
  const off = { isActive: false, offReason: 'person', offAt: () => 'now()', undoUntil } as const;
  await manager.update(Webhook, { id, agencyId }, off);
}

/** Resets the health too: otherwise the next failure would switch the webhook off again. */
export async function switchOn(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  const on = { isActive: true, offReason: null, offAt: null, undoUntil: null };
  await manager.update(Webhook, { id, agencyId }, on);
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

/** Probes a webhook that is paused or held now: the time of its next probe was chosen for the old address. */
export async function probeNow(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  const at = { webhookId: id, agencyId };
  await manager.update(
    WebhookHealth,
    { ...at, pausedUntil: Not(IsNull()) },
    { pausedUntil: () => 'now()', pauseCount: 0 },
  );
  await manager.update(WebhookHealth, { ...at, heldUntil: Not(IsNull()) }, { heldUntil: () => 'now()' });
}
