import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../../lib/app-error.js';
import { ENV, type Env } from '../../../config/env.js';
import { repeating } from '../../../database/repeating.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import type { AttemptRecord } from './attempt-record.js';
import { CLAIM_SQL, claimParameters, type ClaimRow, type MoreRow } from './claim-sql.js';
import type { ClaimedDelivery, Room } from './claimed-delivery.js';
import { END_OWED_SQL, MARK_ERASED_SQL, SOME_OWED_SQL } from './end-pending-sql.js';
import type { Backlogged } from '../concurrency.js';
import { PROBE_SQL } from './probe-sql.js';
import { resend, type Resend } from './requeue.js';
import { SETTLE_SQL, settleParameters, type SettleRow } from './settle-sql.js';
import { probeDelayMs } from '../webhook-health.js';

/*
 * All locking SQL of deliveries. Invariant: a queue row = work still owed, and only the holder of its token may settle it. Called by the
 * dispatcher (claim, settle, giveBack), by what ends owed work (dropOwed, erase), and by the services of deliveries (resend, cancel) inside
 * their transactions.
 */

/** So many rows are locked at once when a webhook's owed work ends: 0.1 s. */
export const DROP_BATCH = 1_000;
const GIVE_BACK_EVERY_MS = 500;

export interface Claim {
  deliveries: ClaimedDelivery[];
  /** Webhooks that may have more due work than was taken. */
  more: Backlogged[];
}

/** A row that was taken, as far as is needed to give it back. */
type Lease = Pick<ClaimedDelivery, 'deliveryId' | 'token'>;

@Injectable()
export class DeliveryQueue {
  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Takes due work as far as there is room. Work whose message was erased meanwhile ends as cancelled. */
  async claim(room: Room): Promise<Claim> {
    const token = randomUUID();
    const values = claimParameters(room, { token, leaseMs: this.env.leaseMs, retryAhead: Math.random() < 1 / 4 });
    const rows = await this.#rows<ClaimRow | MoreRow>({ name: 'claim', text: CLAIM_SQL, values });
    const taken = rows.filter((row) => row.delivery_id !== null);
    const more = rows.filter((row) => row.delivery_id === null);
    return {
      deliveries: await this.#withMessages(taken, token),
      more: more.map((row) => ({ webhookId: row.webhook_id, agencyId: row.agency_id })),
    };
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
    return this.#withMessages(await this.#rows<ClaimRow>({ name: 'probe', text: PROBE_SQL, values }), token);
  }

  /** Writes down what attempts came to; answers a row for each, in the same order. */
  async settle(records: readonly AttemptRecord[]): Promise<SettleRow[]> {
    const values = settleParameters(records, Date.now());
    const { rows } = await repeating(() =>
      this.database.pool.query<SettleRow>({ name: 'settle', text: SETTLE_SQL, values }),
    );
    const erased = rows.filter((row) => row.erased).map((row) => records[row.ord - 1]!.delivery.deliveryId);
    // What this leaves undone the sweep does.
    if (erased.length > 0) await this.#end(erased, ERASED).catch(() => undefined);
    return rows.sort((a, b) => a.ord - b.ord);
  }

  /** Gives leases back that were never used; costs no attempt. */
  async release(leases: readonly Lease[]): Promise<void> {
    await this.database.query(
      `update webhook_queue q set token = null, lease_until = null, attempt = q.attempt - 1
       from unnest($1::uuid[], $2::uuid[]) as r(delivery_id, token) where q.delivery_id = r.delivery_id and q.token = r.token`,
      [leases.map((lease) => lease.deliveryId), leases.map((lease) => lease.token)],
    );
  }

  /**
   * The same in the background, and again while the database is away: a lease that ran out would be recorded as a request that was lost. Gives
   * up when that has happened.
   */
  giveBack(leases: readonly Lease[]): void {
    const until = Date.now() + this.env.leaseMs;
    const attempt = (): void => {
      this.release(leases).catch(() => {
        if (Date.now() < until) setTimeout(attempt, GIVE_BACK_EVERY_MS).unref();
      });
    };
    attempt();
  }

  /**
   * Ends up to DROP_BATCH deliveries that are owed to a webhook that is off or deleted, in a transaction of its own; answers how many.
   * Requests under way finish and count; settle drops their retry.
   */
  async dropOwed(webhookId: string): Promise<number> {
    return repeating(() =>
      this.database.transaction(async (manager) => {
        // Locked, so that one that is switched on again meanwhile keeps what it is owed.
        const [webhook] = (await manager.query(
          `select deleted_at is not null as deleted from webhooks
           where id = $1 and (not is_active or deleted_at is not null) for share`,
          [webhookId],
        )) as { deleted: boolean }[];
        if (!webhook) return 0;
        const rows = (await manager.query(SOME_OWED_SQL, [webhookId, DROP_BATCH])) as { delivery_id: string }[];
        const ids = rows.map((row) => row.delivery_id);
        return ids.length === 0 ? 0 : (await this.#endIn(manager, ids, webhook.deleted ? DELETED : OFF)).ended;
      }),
    );
  }

  /** Webhooks that are off or deleted and owed something. */
  async offButOwed(): Promise<Backlogged[]> {
    return this.database.query<Backlogged>(
      `select w.id as "webhookId", w.agency_id as "agencyId" from webhooks w
       where (not w.is_active or w.deleted_at is not null) and exists (
         select from webhook_queue q where q.webhook_id = w.id and (q.lease_until is null or q.lease_until < now()))`,
    );
  }

  /**
   * Ends what is owed of deliveries whose messages were erased, in the caller's transaction, after the messages. Requests under way finish and
   * count; nothing of their answers is stored, and their retries are dropped.
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

  /** Ends what is owed of erased messages where the process that was sending died. */
  async sweepErased(): Promise<void> {
    const erased = await this.database.query<{ delivery_id: string }>(
      'select delivery_id from webhook_queue where erased and (lease_until is null or lease_until < now()) limit 1000',
    );
    const ids = erased.map((row) => row.delivery_id);
    if (ids.length > 0) await this.#end(ids, ERASED);
  }

  /** Owes a delivery once more, in the caller's transaction. Throws as `resend` says. */
  resend(manager: EntityManager, what: Resend): Promise<void> {
    return resend(manager, what);
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
    // Waits for nobody: settle and dropOwed lock the queue row before the delivery, and whoever holds it now is at work on it.
    const { ended } = await this.#endIn(manager, [deliveryId], CANCELLED);
    if (ended === 0) await this.#refuseCancel(manager, deliveryId);
  }

  async #refuseCancel(manager: EntityManager, deliveryId: string): Promise<never> {
    const owed = (await manager.query('select from webhook_queue where delivery_id = $1', [deliveryId])) as unknown[];
    if (owed.length > 0)
      throw new AppError('delivery_in_flight', 'This delivery is being sent right now. Wait for the answer.');
    throw new AppError('not_owed', 'Nothing of this delivery is owed any more, so there is nothing to cancel.');
  }

  async #rows<Row extends pg.QueryResultRow>(query: { name: string; text: string; values: unknown[] }): Promise<Row[]> {
    return (await repeating(() => this.database.pool.query<Row>(query))).rows;
  }

  /** What was taken and cannot be sent now is given back. */
  async #withMessages(rows: readonly ClaimRow[], token: string): Promise<ClaimedDelivery[]> {
    if (rows.length === 0) return [];
    try {
      const events = await this.#messages(rows.map((row) => row.event_id));
      const deliveries: ClaimedDelivery[] = [];
      const erased: Lease[] = [];
      for (const row of rows) {
        const event = events.get(row.event_id);
        if (event?.body == null) erased.push({ deliveryId: row.delivery_id, token });
        else deliveries.push(claimedDelivery(row, { type: event.type, body: event.body }, token));
      }
      if (erased.length > 0) await this.#endClaimed(erased);
      return deliveries;
    } catch (error) {
      this.giveBack(rows.map((row) => ({ deliveryId: row.delivery_id, token })));
      throw error;
    }
  }

  async #messages(ids: string[]): Promise<Map<string, { type: string; body: string | null }>> {
    // Apart from the claim and by a list of ids: this prunes to the partitions of those ids, a join would look into all of them.
    const text = 'select id, type, body from webhook_events where id = any($1)';
    const { rows } = await this.database.pool.query<{ id: string; type: string; body: string | null }>(text, [ids]);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Their messages are gone: erased between a resend and the claim, or older than what is kept. Nothing was sent. */
  async #endClaimed(leases: readonly Lease[]): Promise<void> {
    await this.release(leases);
    await this.#end(
      leases.map((lease) => lease.deliveryId),
      ERASED,
    );
  }

  async #end(deliveryIds: string[], end: End): Promise<void> {
    await repeating(() => this.database.transaction((manager) => this.#endIn(manager, deliveryIds, end)));
  }

  async #endIn(manager: EntityManager, deliveryIds: string[], { state, reason }: End): Promise<EndedRow> {
    const values = [deliveryIds, this.env.leaseMs, state, reason];
    const [row] = (await manager.query(END_OWED_SQL, values)) as EndedRow[];
    return row!;
  }
}

/** How owed work ends without an attempt. */
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
  /** Without the delivered ones, which stay so. */
  changed: number;
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
    interruptions: row.interruptions,
    token,
  };
}
