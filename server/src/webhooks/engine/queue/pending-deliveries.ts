import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../../../config/env.js';
import { retryOnConflict, ServiceDatabase } from '../../../database/service-database.js';
import { AppError } from '../../../lib/app-error.js';
import type { WebhookRef } from './claimed-delivery.js';
import { requeue } from './requeue.js';

/*
 * Changes pending deliveries without an attempt: ends them, because their webhook is off, a person cancels them or
 * their messages are erased, or makes them due. Takes locks in the order of delivery-queue.ts.
 */

/** Deliveries of a webhook that are dropped in one transaction, which takes 0.1 s. */
export const DROP_BATCH = 1_000;

interface DeliveryKey {
  agencyId: string;
  deliveryId: string;
}

/** How a pending delivery ends without an attempt. */
interface End {
  state: 'skipped' | 'cancelled';
  reason: 'webhook_off' | 'webhook_deleted' | 'cancelled' | 'erased';
}

const OFF: End = { state: 'skipped', reason: 'webhook_off' };
const DELETED: End = { state: 'cancelled', reason: 'webhook_deleted' };
const CANCELLED: End = { state: 'cancelled', reason: 'cancelled' };
const ERASED: End = { state: 'cancelled', reason: 'erased' };

interface EndedRow {
  ended: number;
  /** Without delivered ones, whose state stays. */
  changed: number;
}

/**
 * Ends pending deliveries without an attempt. A request with an expired lease was started, so it is recorded as by a
 * claim, and its number is not used again. Deliveries that only waited get their row of the log now; a delivered one
 * with a pending resend stays delivered and keeps its reason. Skips rows that are locked or leased. Takes ids of
 * deliveries, the lease in milliseconds, the state and the reason; returns how many ended, and how many are in that
 * state now.
 */
export const END_PENDING_SQL = /* sql */ `
with picked as (
  select delivery_id from webhook_queue
  where delivery_id = any($1) and (lease_until is null or lease_until < now()) for update skip locked
), dropped as (
  delete from webhook_queue where delivery_id = any (array(select delivery_id from picked)) returning *
), lost as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
  select delivery_id, attempt, agency_id, webhook_id, lease_until - $2 * interval '1 millisecond',
    'interrupted', 'interrupted'
  from dropped where token is not null on conflict do nothing
), ended as (
  insert into webhook_deliveries as d (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_reason,
    finished_at)
  select agency_id, delivery_id, webhook_id, event_id, event_type, $3, attempt, $4, now() from dropped
  on conflict (agency_id, id) do update set next_attempt_at = null, finished_at = coalesce(d.finished_at, now()),
    attempts = greatest(d.attempts, excluded.attempts),
    state = case d.state when 'delivered' then d.state else excluded.state end,
    last_reason = case d.state when 'delivered' then d.last_reason else excluded.last_reason end
  returning state
), regrouped as (
  update webhook_groups set body = null, edition = edition + 1
  where id = any (array(select group_id from dropped where group_id is not null))
)
select (select count(*) from dropped)::int as ended, (select count(*) from ended where state = $3)::int as changed`;

/**
 * Takes ids of deliveries. Waits for row locks, so a request in flight has either been settled, or its settle sees the
 * mark.
 */
export const MARK_ERASED_SQL = /* sql */ `
with locked as (select delivery_id from webhook_queue where delivery_id = any($1) order by delivery_id for update)
update webhook_queue set erased = true where delivery_id = any (array(select delivery_id from locked)) and not erased`;

/**
 * Locks pending deliveries of a webhook that are not in flight. Takes the id of the webhook and the maximum number.
 * Uses the order of an index: otherwise each call would read all pending deliveries.
 */
export const SOME_PENDING_SQL = /* sql */ `
select delivery_id from webhook_queue where webhook_id = $1 and due_at is not null
  and (lease_until is null or lease_until < now())
order by failures > 0, due_at limit $2 for update skip locked`;

/** A resend of mails that every recipient has goes to all of them again; otherwise to those that lack it. */
const MAIL_ALL_AGAIN_SQL = /* sql */ `
update attempt_mails m set past = true
where m.agency_id = $1 and m.delivery_id = $2 and not m.past and not exists (
  select from webhook_recipients r join all_deliveries d on d.webhook_id = r.webhook_id and d.agency_id = r.agency_id
  where d.agency_id = $1 and d.id = $2 and r.state = 'confirmed' and not exists (
    select from attempt_mails a
    where a.delivery_id = d.id and a.email = r.email and a.outcome = 'accepted' and not a.past))`;

@Injectable()
export class PendingDeliveries {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Ends up to DROP_BATCH pending deliveries of a webhook that is off or deleted, in a transaction of its own; returns
   * how many. Requests in flight finish and count; settle drops their retries.
   */
  async dropPending(webhookId: string): Promise<number> {
    return retryOnConflict(() =>
      this.database.transaction(async (manager) => {
        // Locked, so that a webhook switched on again meanwhile keeps its pending deliveries.
        const [webhook] = (await manager.query(
          `select deleted_at is not null as deleted from webhooks
           where id = $1 and (not is_active or deleted_at is not null)
             and coalesce(undo_until <= now(), true) for share`,
          [webhookId],
        )) as { deleted: boolean }[];
        if (!webhook) return 0;
        const rows = (await manager.query(SOME_PENDING_SQL, [webhookId, DROP_BATCH])) as { delivery_id: string }[];
        const ids = rows.map((row) => row.delivery_id);
        return ids.length === 0 ? 0 : (await this.#endIn(manager, ids, webhook.deleted ? DELETED : OFF)).ended;
      }),
    );
  }

  /** Webhooks that were turned off or deleted, which has just become too late to undo. Returns each once. */
  async undoOver(): Promise<WebhookRef[]> {
    return this.database.query<WebhookRef>(
      `update webhooks set undo_until = null where id = any (array(
         select id from webhooks where undo_until <= now() order by undo_until limit 100 for no key update skip locked))
       returning id as "webhookId", agency_id as "agencyId"`,
    );
  }

  /** Webhooks that are off or deleted permanently and have pending deliveries. */
  async offWithPending(): Promise<WebhookRef[]> {
    return this.database.query<WebhookRef>(
      `select w.id as "webhookId", w.agency_id as "agencyId" from webhooks w
       where (not w.is_active or w.deleted_at is not null) and coalesce(w.undo_until <= now(), true) and exists (
         select from webhook_queue q
         where q.webhook_id = w.id and q.due_at is not null and (q.lease_until is null or q.lease_until < now()))`,
    );
  }

  /**
   * Ends pending deliveries of erased messages, in the transaction that has erased them. Requests in flight finish and
   * count, but their responses are not stored and their retries are dropped.
   */
  async erase(manager: EntityManager, deliveryIds: string[]): Promise<{ cancelled: number; inFlight: number }> {
    await manager.query(MARK_ERASED_SQL, [deliveryIds]);
    const { changed } = await this.#endIn(manager, deliveryIds, ERASED);
    const [left] = (await manager.query(
      'select count(*)::int as count from webhook_queue where delivery_id = any($1)',
      [deliveryIds],
    )) as { count: number }[];
    return { cancelled: changed, inFlight: left!.count };
  }

  /** Ends pending deliveries of erased messages that a crashed process was sending. */
  async sweepErased(): Promise<void> {
    const erased = await this.database.query<{ delivery_id: string }>(
      'select delivery_id from webhook_queue where erased and (lease_until is null or lease_until < now()) limit 1000',
    );
    const ids = erased.map((row) => row.delivery_id);
    if (ids.length > 0) await this.endErased(ids);
  }

  /**
   * Makes a delivery due now, in the transaction of the caller: its retry plan starts again and attempt numbers
   * continue; a planned retry is brought forward instead. On a paused or held webhook it becomes the probe. Throws what
   * `requeue` refuses.
   */
  async resend(manager: EntityManager, { agencyId, deliveryId }: DeliveryKey): Promise<void> {
    const { refused } = await requeue(manager, { agencyId, deliveryIds: [deliveryId] });
    const refusal = refused.get(deliveryId);
    if (refusal) throw refusal;
    await manager.query(MAIL_ALL_AGAIN_SQL, [agencyId, deliveryId]);
  }

  /**
   * Cancels a pending delivery, in the transaction of the caller. One that was delivered before and is pending again
   * stays delivered. Throws AppError not_found, delivery_in_flight or not_owed.
   */
  async cancel(manager: EntityManager, { agencyId, deliveryId }: DeliveryKey): Promise<void> {
    const [found] = (await manager.query('select from all_deliveries where agency_id = $1 and id = $2', [
      agencyId,
      deliveryId,
    ])) as unknown[];
    if (!found) throw new AppError('not_found', 'Delivery not found.');
    // Locked first, as by a resend, so that the two are serialised. Before its first attempt it has no such row.
    await manager.query('select from webhook_deliveries where agency_id = $1 and id = $2 for update', [
      agencyId,
      deliveryId,
    ]);
    // Skips a locked queue row: that delivery is being sent or settled.
    const { ended } = await this.#endIn(manager, [deliveryId], CANCELLED);
    if (ended === 0) await this.#refuseCancel(manager, deliveryId);
  }

  async #refuseCancel(manager: EntityManager, deliveryId: string): Promise<never> {
    const pending = (await manager.query('select from webhook_queue where delivery_id = $1', [
      deliveryId,
    ])) as unknown[];
    if (pending.length > 0)
      throw new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');
    throw new AppError('not_owed', 'This delivery is no longer pending, so there is nothing to cancel.');
  }

  /** Ends deliveries whose messages were erased, or are older than the retention. Nothing was sent. */
  async endErased(deliveryIds: string[]): Promise<void> {
    await retryOnConflict(() => this.database.transaction((manager) => this.#endIn(manager, deliveryIds, ERASED)));
  }

  async #endIn(manager: EntityManager, deliveryIds: string[], { state, reason }: End): Promise<EndedRow> {
    const values = [deliveryIds, this.env.leaseMs, state, reason];
    const [row] = (await manager.query(END_PENDING_SQL, values)) as EndedRow[];
    return row!;
  }
}
