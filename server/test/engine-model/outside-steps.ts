import { expect } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../src/lib/app-error.js';
import { TenantTransaction } from '../../src/database/tenant-transaction.js';
import { PendingDeliveries } from '../../src/webhooks/engine/queue/pending-deliveries.js';
import { Erasure } from '../../src/webhooks/engine/housekeeping/erasure.js';
import { SERVICE_ACTOR } from '../service-actor.js';
import { end, endErased, isInFlight, newlyPending, recordLost, refusalOfResend, type Model } from './model.js';
import type { Real, Step } from './steps.js';

/* Steps that change pending deliveries from outside the engine: people, erasure, a paused webhook. */

export class Pause implements Step {
  constructor(readonly pick: number) {}
  check = () => true;
  async run(model: Model, { test, agencyId }: Real) {
    const [id, webhook] = [...model.webhooks][this.pick % model.webhooks.size]!;
    await test.sql(
      `insert into webhook_health (webhook_id, agency_id, paused_at, paused_until)
       values ($1, $2, now(), now() + interval '1 hour')
       on conflict (webhook_id) do update set paused_at = now(), paused_until = now() + interval '1 hour'`,
      [id, agencyId],
    );
    webhook.paused = true;
    webhook.pauseDue = false;
  }
  toString = () => `pause #${this.pick}`;
}

export class Switch implements Step {
  constructor(
    readonly pick: number,
    readonly to: 'on' | 'off' | 'deleted',
  ) {}
  check = () => true;
  async run(model: Model, { test }: Real) {
    const [id, webhook] = [...model.webhooks][this.pick % model.webhooks.size]!;
    const deletes = this.to === 'deleted';
    if (deletes) await test.sql('update webhooks set deleted_at = now() where id = $1', [id]);
    else
      await test.sql(
        `update webhooks set is_active = $2, off_reason = case when not $2 then 'person' end where id = $1`,
        [id, this.to === 'on'],
      );
    webhook.deleted ||= deletes;
    if (!deletes) webhook.on = this.to === 'on';
    // A webhook that is on keeps its pending deliveries.
    await test.app.get(PendingDeliveries).dropPending(id);
    if (webhook.on && !webhook.deleted) return;
    const [state, reason] = webhook.deleted
      ? (['cancelled', 'webhook_deleted'] as const)
      : (['skipped', 'webhook_off'] as const);
    for (const delivery of model.deliveries.values()) {
      if (delivery.webhookId !== id || !delivery.pending || isInFlight(delivery)) continue;
      recordLost(delivery);
      end(delivery, state, reason);
    }
  }
  toString = () => `${this.to} #${this.pick}`;
}

/** Code of the refusal, or null on success. */
async function refusalOf(
  { test, agencyId }: Real,
  change: (manager: EntityManager) => Promise<void>,
): Promise<string | null> {
  try {
    await test.app.get(TenantTransaction).run(agencyId, change);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

export class Cancel implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.deliveries.size > 0;
  async run(model: Model, real: Real) {
    const { agencyId } = real;
    const pending = real.test.app.get(PendingDeliveries);
    const [deliveryId, delivery] = [...model.deliveries][this.pick % model.deliveries.size]!;
    const refused = delivery.pending === null ? 'not_owed' : isInFlight(delivery) ? 'delivery_in_flight' : null;
    expect(await refusalOf(real, (manager) => pending.cancel(manager, { agencyId, deliveryId }))).toBe(refused);
    if (refused) return;
    recordLost(delivery);
    end(delivery, 'cancelled', 'cancelled');
  }
  toString = () => `cancel #${this.pick}`;
}

export class Erase implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.events.size > 0;
  async run(model: Model, { test, agencyId }: Real) {
    const event = [...model.events.values()][this.pick % model.events.size]!;
    await test.app.get(Erasure).erase({ agencyId, kind: 'application', value: event.applicationId }, SERVICE_ACTOR);
    event.erased = true;
    // The sweep ends deliveries that an erasure left because a request was in flight.
    await test.app.get(PendingDeliveries).sweepErased();
    endErased(model);
  }
  toString = () => `erase #${this.pick}`;
}

export class Resend implements Step {
  constructor(readonly pick: number) {}
  check = (model: Readonly<Model>) => model.deliveries.size > 0;
  async run(model: Model, real: Real) {
    const { agencyId } = real;
    const pending = real.test.app.get(PendingDeliveries);
    const [deliveryId, delivery] = [...model.deliveries][this.pick % model.deliveries.size]!;
    const webhook = model.webhooks.get(delivery.webhookId)!;
    const refused = refusalOfResend(model, delivery);
    expect(await refusalOf(real, (manager) => pending.resend(manager, { agencyId, deliveryId }))).toBe(refused);
    if (refused) return;
    // Numbers go on, also of what was delivered in a group without an attempt of its own.
    delivery.pending ??= newlyPending(delivery.last);
    delivery.pending.due = true;
    if (delivery.state !== 'delivered') delivery.finished = false;
    if (delivery.state !== 'delivered' && delivery.state !== 'retrying') delivery.state = 'waiting';
    Object.assign(webhook, { pauseDue: true, holdDue: true });
  }
  toString = () => `resend #${this.pick}`;
}
