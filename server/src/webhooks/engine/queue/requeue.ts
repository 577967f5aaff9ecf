import type { EntityManager } from 'typeorm';
import { AppError } from '../../../lib/app-error.js';

/* Sends a delivery again, for a user or a recovery. Called through DeliveryQueue, in the transaction of the caller. */

export interface Resend {
  agencyId: string;
  deliveryId: string;
  /** Whether it becomes the probe of a paused webhook; default true. */
  probe?: boolean;
}

interface Resendable {
  webhook_id: string;
  event_id: string;
  attempts: number;
  test: boolean;
  state: string;
  is_on: boolean;
  deleted: boolean;
}

/**
 * Requeues a delivery, due now: its plan starts anew, attempt numbers continue. A planned retry is brought forward
 * instead. On a paused webhook it becomes the probe, or with `probe` false waits for the end of the pause. Throws
 * AppError not_found, bad_request (a test), delivery_in_flight, webhook_off, cancelled or purged.
 */
export async function resend(manager: EntityManager, { agencyId, deliveryId, probe = true }: Resend): Promise<void> {
  const delivery = await lockResendable(manager, agencyId, deliveryId);
  const queued = (await manager.query(
    `insert into webhook_queue as q (delivery_id, agency_id, webhook_id, event_id, due_at, attempt)
     values ($1, $2, $3, $4, now(), $5)
     on conflict (delivery_id) do update set due_at = now()
       where q.lease_until is null or q.lease_until < now()
     returning q.delivery_id`,
    [deliveryId, agencyId, delivery.webhook_id, delivery.event_id, delivery.attempts],
  )) as unknown[];
  if (queued.length === 0)
    throw new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');
  await manager.query(
    `update webhook_deliveries set next_attempt_at = now(),
       state = case when state = 'retrying' or state = 'delivered' then state else 'waiting' end,
       finished_at = case when state = 'delivered' then finished_at end
     where id = $1 and agency_id = $2`,
    [deliveryId, agencyId],
  );
  if (probe) {
    await manager.query(
      `update webhook_health set paused_until = least(paused_until, now()), probe_delivery_id = $2
       where webhook_id = $1 and paused_until is not null`,
      [delivery.webhook_id, deliveryId],
    );
  }
  await manager.query(`select pg_notify('bpoc_due', '')`);
}

async function lockResendable(manager: EntityManager, agencyId: string, deliveryId: string): Promise<Resendable> {
  // The row is locked first: concurrent resends are serialised, and the second sees the result of the first.
  const [delivery] = (await manager.query(
    `select d.webhook_id, d.event_id, d.attempts, d.test, d.state,
       w.is_active and w.deleted_at is null as is_on, w.deleted_at is not null as deleted
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id
     where d.id = $1 and d.agency_id = $2 for update of d`,
    [deliveryId, agencyId],
  )) as Resendable[];
  if (!delivery) throw new AppError('not_found', 'There is no such delivery.');
  if (delivery.test) throw new AppError('bad_request', 'A test is not sent again: send another test.');
  // Locked, so that an erasure runs before this or sees its result.
  const [event] = (await manager.query(
    'select body is null as purged from webhook_events where id = $1 and agency_id = $2 for share',
    [delivery.event_id, agencyId],
  )) as { purged: boolean }[];
  if (event?.purged !== false)
    throw new AppError('purged', 'The contents of this delivery were erased, so it cannot be sent again.');
  if (delivery.deleted)
    throw new AppError('webhook_off', 'This webhook was deleted, so nothing is sent to it any more.');
  if (!delivery.is_on) throw new AppError('webhook_off', 'This webhook is off. Turn it on, then send again.');
  if (delivery.state === 'cancelled') throw new AppError('cancelled', 'This delivery was cancelled, which is final.');
  return delivery;
}
