import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../common/app-error.js';
import { ENV, type Env } from '../../config/env.js';
import { repeating } from '../../database/repeating.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './attempt-record.js';
import { CLAIM_SQL, claimParameters, type ClaimRow } from './claim-sql.js';
import type { ClaimedDelivery, Room } from './claimed-delivery.js';
import { END_ERASED_SQL, MARK_ERASED_SQL } from './erasure-sql.js';
import { PROBE_SQL } from './probe-sql.js';
import { SETTLE_SQL, settleParameters, type SettleRow } from './settle-sql.js';
import { probeDelayMs } from './webhook-health.js';

/*
 * All locking SQL of deliveries. Invariant: a queue row = work still owed, and only the holder of its token may settle it. Called by the
 * dispatcher (claim, settle, release) and by the services of webhooks and deliveries (resend, dropOwed) inside their transactions.
 */

export interface Claim {
  deliveries: ClaimedDelivery[];
  /** Webhooks that may have more due work than was taken. */
  full: Set<string>;
}

@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Takes due work as far as there is room. Work whose message was erased meanwhile ends as cancelled. */
  async claim(room: Room): Promise<Claim> {
    if (room.free === 0) return { deliveries: [], full: new Set() };
    const token = randomUUID();
    const values = claimParameters(room, token, this.env.leaseMs);
    const rows = await this.#claimRows({ name: 'claim', text: CLAIM_SQL, values });
    const full = new Set(rows.filter((row) => row.full || rows.length >= room.free).map((row) => row.webhook_id));
    return { deliveries: await this.#withMessages(rows, token), full };
  }

  /** Takes the one probe of each paused webhook whose time has come, at most `most`. */
  async claimProbes(most: number): Promise<ClaimedDelivery[]> {
    const token = randomUUID();
    const values = [
      token,
      this.env.leaseMs,
      most,
      probeDelayMs(0, this.env.delayScale),
      probeDelayMs(Infinity, this.env.delayScale),
    ];
    return this.#withMessages(await this.#claimRows({ name: 'probe', text: PROBE_SQL, values }), token);
  }

  /** Writes down what attempts came to; answers a row for each, in the same order. */
  async settle(records: readonly AttemptRecord[]): Promise<SettleRow[]> {
    const values = settleParameters(records, Date.now());
    const { rows } = await repeating(() =>
      this.database.pool.query<SettleRow>({ name: 'settle', text: SETTLE_SQL, values }),
    );
    const erased = rows.filter((row) => row.erased).map((row) => records[row.ord - 1]!.delivery.deliveryId);
    // What this leaves undone the sweep does.
    if (erased.length > 0) await this.#endErased(erased).catch(() => undefined);
    return rows.sort((a, b) => a.ord - b.ord);
  }

  /** Gives leases back that were never used; costs no attempt. */
  async release(deliveries: readonly ClaimedDelivery[]): Promise<void> {
    await this.database.query(
      `update webhook_queue q set token = null, lease_until = null, attempt = q.attempt - 1
       from unnest($1::uuid[], $2::uuid[]) as r(delivery_id, token) where q.delivery_id = r.delivery_id and q.token = r.token`,
      [deliveries.map((delivery) => delivery.deliveryId), deliveries.map((delivery) => delivery.token)],
    );
  }

  /**
   * Ends what is owed to a webhook that went off or was deleted, in the caller's transaction. Requests under way finish and count; settle
   * drops their retry. Answers how many deliveries ended.
   */
  async dropOwed(manager: EntityManager, { agencyId, webhookId, state, reason }: DropOwed): Promise<number> {
    const [row] = (await manager.query(
      `with dropped as (
         delete from webhook_queue where agency_id = $1 and webhook_id = $2 and (lease_until is null or lease_until < now()) returning delivery_id
       ), ended as (
         update webhook_deliveries d set state = case d.state when 'delivered' then d.state else $3 end, last_reason = $4,
           next_attempt_at = null, finished_at = coalesce(d.finished_at, now())
         from dropped where d.id = dropped.delivery_id
       ) select count(*)::int as count from dropped`,
      [agencyId, webhookId, state, reason],
    )) as { count: number }[];
    return row!.count;
  }

  /**
   * Ends what is owed of deliveries whose messages were erased, in the caller's transaction, after the messages. Requests under way finish and
   * count; nothing of their answers is stored, and their retries are dropped.
   */
  async erase(manager: EntityManager, deliveryIds: string[]): Promise<{ cancelled: number; inFlight: number }> {
    await manager.query(MARK_ERASED_SQL, [deliveryIds]);
    const [ended] = (await manager.query(END_ERASED_SQL, [deliveryIds, this.env.leaseMs])) as { cancelled: number }[];
    const [left] = (await manager.query(
      'select count(*)::int as count from webhook_queue where delivery_id = any($1)',
      [deliveryIds],
    )) as { count: number }[];
    return { cancelled: ended!.cancelled, inFlight: left!.count };
  }

  /**
   * Ends what is owed to webhooks that are off or deleted: what raced with the switch, and what a 410 left. The same for erased messages, where
   * the process that was sending died. Run every minute. Answers the agencies of those webhooks.
   */
  async sweep(): Promise<string[]> {
    const webhooks = await this.database.query<{ id: string; agency_id: string; deleted: boolean }>(
      `select w.id, w.agency_id, w.deleted_at is not null as deleted from webhooks w
       where (not w.is_active or w.deleted_at is not null) and exists (select from webhook_queue q where q.webhook_id = w.id)`,
    );
    for (const { id, agency_id: agencyId, deleted } of webhooks) {
      const end: Pick<DropOwed, 'state' | 'reason'> = deleted
        ? { state: 'cancelled', reason: 'webhook_deleted' }
        : { state: 'skipped', reason: 'webhook_off' };
      await this.database.transaction((manager) => this.dropOwed(manager, { agencyId, webhookId: id, ...end }));
    }
    const erased = await this.database.query<{ delivery_id: string }>(
      'select delivery_id from webhook_queue where erased and (lease_until is null or lease_until < now()) limit 1000',
    );
    if (erased.length > 0) await this.#endErased(erased.map((row) => row.delivery_id));
    return webhooks.map((webhook) => webhook.agency_id);
  }

  /**
   * Owes a delivery once more, at once, in the caller's transaction: its plan starts anew, attempt numbers go on. A planned retry is brought
   * forward instead. On a paused webhook it goes as the probe, or with `probe` false waits until it reopens.
   * Throws AppError not_found, delivery_in_flight, webhook_off, cancelled or purged.
   */
  async resend(
    manager: EntityManager,
    { agencyId, deliveryId, probe = true }: { agencyId: string; deliveryId: string; probe?: boolean },
  ): Promise<void> {
    // The row is locked first: two resends at once take turns, and the second sees what the first made.
    const [delivery] = (await manager.query(
      `select d.webhook_id, d.event_id, d.attempts, d.test, d.state, w.is_active and w.deleted_at is null as is_on, w.deleted_at is not null as deleted
       from webhook_deliveries d join webhooks w on w.id = d.webhook_id
       where d.id = $1 and d.agency_id = $2 for update of d`,
      [deliveryId, agencyId],
    )) as {
      webhook_id: string;
      event_id: string;
      attempts: number;
      test: boolean;
      state: string;
      is_on: boolean;
      deleted: boolean;
    }[];
    if (!delivery) throw new AppError('not_found', 'There is no such delivery.');
    if (delivery.test) throw new AppError('bad_request', 'A test is not sent again: send another test.');
    // Locked, so that an erasure comes before this or finds what this made.
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
    const queued = (await manager.query(
      `insert into webhook_queue as q (delivery_id, agency_id, webhook_id, event_id, due_at, attempt) values ($1, $2, $3, $4, now(), $5)
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
        `update webhook_health set paused_until = least(paused_until, now()), probe_delivery_id = $2 where webhook_id = $1 and paused_until is not null`,
        [delivery.webhook_id, deliveryId],
      );
    }
    await manager.query(`select pg_notify('bpoc_due', '')`);
  }

  /**
   * Ends one delivery that is owed, in the caller's transaction. A delivered one whose resend was owed stays delivered.
   * Throws AppError not_found, delivery_in_flight or not_owed.
   */
  async cancel(
    manager: EntityManager,
    { agencyId, deliveryId }: { agencyId: string; deliveryId: string },
  ): Promise<void> {
    // The delivery is locked first, as by resend, so that the two take turns.
    const found = (await manager.query(
      'select id from webhook_deliveries where id = $1 and agency_id = $2 for update',
      [deliveryId, agencyId],
    )) as unknown[];
    if (found.length === 0) throw new AppError('not_found', 'There is no such delivery.');
    // Waits for nobody: settle and dropOwed lock the queue row before the delivery, and whoever holds it now is at work on it. A request
    // whose lease ran out was begun, so it is recorded, as a claim does.
    const [cancelled] = (await manager.query(
      `with dropped as (
         delete from webhook_queue where delivery_id in (
           select delivery_id from webhook_queue where delivery_id = $1 and agency_id = $2 and (lease_until is null or lease_until < now())
           for update skip locked
         ) returning *
       ), lost as (
         insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
         select delivery_id, attempt, agency_id, webhook_id, lease_until - $3 * interval '1 millisecond', 'interrupted', 'interrupted'
         from dropped where token is not null on conflict do nothing
       ), ended as (
         update webhook_deliveries d set next_attempt_at = null, finished_at = coalesce(d.finished_at, now()),
           attempts = greatest(d.attempts, q.attempt), state = case d.state when 'delivered' then d.state else 'cancelled' end,
           last_reason = case d.state when 'delivered' then d.last_reason else 'cancelled' end
         from dropped q where d.id = q.delivery_id and d.id = $1
       ) select count(*)::int as count from dropped`,
      [deliveryId, agencyId, this.env.leaseMs],
    )) as { count: number }[];
    if (cancelled!.count === 0) await this.#refuseCancel(manager, deliveryId);
  }

  async #refuseCancel(manager: EntityManager, deliveryId: string): Promise<never> {
    const owed = (await manager.query('select from webhook_queue where delivery_id = $1', [deliveryId])) as unknown[];
    if (owed.length > 0)
      throw new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');
    throw new AppError('not_owed', 'Nothing of this delivery is owed any more, so there is nothing to cancel.');
  }

  async #claimRows(query: { name: string; text: string; values: unknown[] }): Promise<ClaimRow[]> {
    return (await repeating(() => this.database.pool.query<ClaimRow>(query))).rows;
  }

  async #withMessages(rows: readonly ClaimRow[], token: string): Promise<ClaimedDelivery[]> {
    if (rows.length === 0) return [];
    const events = await this.#messages(rows.map((row) => row.event_id));
    const deliveries: ClaimedDelivery[] = [];
    for (const row of rows) {
      const event = events.get(row.event_id);
      if (event?.body != null) deliveries.push(claimedDelivery(row, { type: event.type, body: event.body }, token));
      else await this.#endClaimed(row.delivery_id, token);
    }
    return deliveries;
  }

  async #messages(ids: string[]): Promise<Map<string, { type: string; body: string | null }>> {
    // Apart from the claim and by a list of ids: this prunes to the partitions of those ids, a join would look into all of them.
    const text = 'select id, type, body from webhook_events where id = any($1)';
    const { rows } = await this.database.pool.query<{ id: string; type: string; body: string | null }>(text, [ids]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  async #endErased(deliveryIds: string[]): Promise<void> {
    await repeating(() => this.database.query(END_ERASED_SQL, [deliveryIds, this.env.leaseMs]));
  }

  /** Its message is gone: erased between a resend and the claim, or older than what is kept. */
  async #endClaimed(deliveryId: string, token: string): Promise<void> {
    await this.database.query(
      `with ended as (delete from webhook_queue where delivery_id = $1 and token = $2 returning delivery_id)
       update webhook_deliveries d set state = case d.state when 'delivered' then d.state else 'cancelled' end, last_reason = 'erased',
         next_attempt_at = null, finished_at = coalesce(d.finished_at, now())
       from ended where d.id = ended.delivery_id`,
      [deliveryId, token],
    );
  }
}

export interface DropOwed {
  agencyId: string;
  webhookId: string;
  state: 'skipped' | 'cancelled';
  reason: 'webhook_off' | 'webhook_deleted';
}

function claimedDelivery(row: ClaimRow, event: { type: string; body: string }, token: string): ClaimedDelivery {
  return {
    deliveryId: row.delivery_id,
    agencyId: row.agency_id,
    webhookId: row.webhook_id,
    version: row.version,
    eventId: row.event_id,
    eventType: event.type,
    body: event.body,
    test: false,
    attempt: row.attempt,
    failures: row.failures,
    token,
  };
}
