import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { FIRST_ID, uuidFloor } from '../../../lib/ids.js';
import { ENV, type Env } from '../../../config/env.js';
import { retryOnConflict, ServiceDatabase } from '../../../database/service-database.js';
import type { AttemptRecord } from './attempt-record.js';
import { CLAIM_SQL, claimParameters, OUTDATED_SQL, type ClaimRow, type MoreRow } from './claim-sql.js';
import type { ClaimedDelivery, Slots, WebhookRef } from './claimed-delivery.js';
import { asFenced, inGroups, ofMembers } from './groups.js';
import { PendingDeliveries } from './pending-deliveries.js';
import { PROBE_SQL } from './probe-sql.js';
import { LOST_SQL } from './taking-sql.js';
import {
  attemptParameters,
  FENCED_SQL,
  isPlain,
  NOT_PLAIN,
  SETTLE_ANY_SQL,
  SETTLE_DELIVERED_SQL,
  settleAnyParameters,
  settleDeliveredParameters,
  type SettledRow,
  type SettleRow,
} from './settle-sql.js';
import {
  END_TURNS_SQL,
  ENDED_PHASES_SQL,
  NEXT_PHASES_SQL,
  NEXT_TURN_SQL,
  phaseColumns,
  TURN_SQL,
  turnParameters,
} from './turn-sql.js';
import { phaseAt, scheduleOf, type Schedule } from '../../destinations/schedule.js';
import type { NextTurn, TurnsAhead } from '../turns.js';
import { probeDelayMs } from '../webhook-health.js';

/*
 * Claims, settles and releases deliveries. Together with pending-deliveries.ts and requeue.ts this is all SQL that
 * locks deliveries. Invariants: a queue row is a pending delivery, and only the holder of its token may settle it; a
 * delivery has a row in the log unless its queue row is not `logged`. Locks are taken in this order, each by id:
 * events, queue rows, health, webhooks, log. Resend and cancel, which lock the log first, never wait for a queue row.
 */

const RELEASE_RETRY_MS = 500;
const LOOK_BACK_MS = 120_000;
const WHOLE_LOOK_MS = 600_000;
const LOST_BATCH = 5_000;

export interface Claim {
  deliveries: ClaimedDelivery[];
  /** Webhooks that may have more due deliveries than were claimed. */
  more: WebhookRef[];
}

interface TakenTurns extends TurnsAhead {
  deliveries: ClaimedDelivery[];
}

interface NextRow {
  delivery_id: null;
  agency_id: string;
  webhook_id: string;
  in_ms: number | null;
}

interface MessageRow {
  id: string;
  body: string | null;
  traceparent: string | null;
}

type Lease = Pick<ClaimedDelivery, 'deliveryId' | 'token'>;
type Leased = Lease & { group?: ClaimedDelivery['group'] };

/**
 * Reads messages of events. Separate from the claim, because the range of their ids prunes the partitions of other
 * days. A lookup for each, because PostgreSQL before 17 reads all events of the agencies when it is given two lists.
 */
export const BODIES_SQL = /* sql */ `
select e.* from unnest($1::uuid[], $2::uuid[]) as i (agency_id, id) cross join lateral (
  select v.id, v.body, v.traceparent from webhook_events v
  where v.agency_id = i.agency_id and v.id = i.id and v.id between $3 and $4 limit 1
) e`;

@Injectable()
export class DeliveryQueue {
  /** When the whole queue was last searched for lost requests; never, when the process starts. */
  #wholeLookMs = -Infinity;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly pending: PendingDeliveries,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Claims due deliveries as far as there are free slots. Deliveries whose message was erased meanwhile end as
   * cancelled.
   */
  async claim(slots: Slots): Promise<Claim> {
    const token = randomUUID();
    const values = claimParameters(slots, { token, leaseMs: this.env.leaseMs, retryAhead: Math.random() < 1 / 4 });
    const rows = await this.#rows<ClaimRow | MoreRow>({ name: 'claim', text: CLAIM_SQL, values });
    const taken = rows.filter((row) => row.delivery_id !== null);
    const more = rows.filter((row) => row.delivery_id === null);
    return {
      deliveries: await this.#withMessages(taken, token),
      more: more.map((row) => ({ webhookId: row.webhook_id, agencyId: row.agency_id })),
    };
  }

  /**
   * Takes the turns of paced webhooks whose time has come, of these or (null) of all: at most `most` requests, as far
   * as there are free slots. Also returns when others of these webhooks have their next turn, if that does not depend
   * on an answer.
   */
  async takeTurns(slots: Slots, webhookIds: readonly string[] | null, most: number): Promise<TakenTurns> {
    if (webhookIds === null) await this.#nextPhases();
    const token = randomUUID();
    const values = turnParameters(slots, { token, leaseMs: this.env.leaseMs }, webhookIds, most);
    const rows = await this.#rows<ClaimRow | NextRow>({ name: 'turn', text: TURN_SQL, values });
    const taken = rows.filter((row) => row.delivery_id !== null);
    const others = rows.filter((row) => row.delivery_id === null);
    return {
      deliveries: await this.#withMessages(taken, token),
      next: others.flatMap(({ webhook_id: webhookId, in_ms: inMs }) => (inMs === null ? [] : [{ webhookId, inMs }])),
      blocked: others
        .filter((row) => row.in_ms === null)
        .map((row) => ({ webhookId: row.webhook_id, agencyId: row.agency_id })),
    };
  }

  /** Milliseconds until the next webhook with a due delivery has its turn; null: there is none. */
  async nextTurnMs(): Promise<number | null> {
    const [row] = await this.#rows<{ in_ms: number | null }>({ name: 'next_turn', text: NEXT_TURN_SQL, values: [] });
    return row!.in_ms;
  }

  /** Begins the next phases of schedules whose phase has ended. */
  async #nextPhases(): Promise<void> {
    const ended = await this.#rows<{ webhook_id: string; style: Schedule | null; until: string; now_ms: number }>({
      name: 'ended_phases',
      text: ENDED_PHASES_SQL,
      values: [],
    });
    if (ended.length === 0) return;
    const next = ended.map((row) => phaseColumns(phaseAt(scheduleOf(row.style), row.now_ms)));
    const values = [
      ended.map((row) => row.webhook_id),
      ended.map((row) => row.until),
      next.map(({ cutoffAt }) => cutoffAt),
      next.map(({ until }) => until),
    ];
    await this.#rows({ name: 'next_phases', text: NEXT_PHASES_SQL, values });
  }

  /** Ends the turns of these requests. Returns the next turns of their webhooks. */
  async endTurns(ended: readonly Pick<ClaimedDelivery, 'webhookId' | 'turn'>[]): Promise<NextTurn[]> {
    const rows = await this.#rows<{ webhook_id: string; every_ms: number }>({
      name: 'end_turns',
      text: END_TURNS_SQL,
      values: [ended.map(({ webhookId }) => webhookId), ended.map(({ turn }) => turn)],
    });
    return rows.map((row) => ({ webhookId: row.webhook_id, inMs: row.every_ms }));
  }

  /** Whether any delivery is pending, due or not, that intake did not claim. */
  async hasPending(): Promise<boolean> {
    const text = 'select exists (select from webhook_queue where due_at is not null) as pending';
    return (await this.database.prepared<{ pending: boolean }>('pending', text))[0]!.pending;
  }

  /**
   * Makes deliveries that intake claimed due when their lease has expired, for example because a process was killed;
   * returns how many. Searches the last minutes, and every ten minutes the whole queue, because it skips locked rows.
   */
  async requeueLost(): Promise<number> {
    const now = Date.now();
    const isWhole = now - this.#wholeLookMs >= WHOLE_LOOK_MS;
    const after = isWhole ? FIRST_ID : uuidFloor(now - 2 * this.env.leaseMs - LOOK_BACK_MS);
    const [row] = await this.#rows<{ lost: number }>({ name: 'lost', text: LOST_SQL, values: [after, LOST_BATCH] });
    if (isWhole && row!.lost < LOST_BATCH) this.#wholeLookMs = now;
    return row!.lost;
  }

  /** Claims a probe of each webhook that is paused or held and whose time has come, at most `most` probes. */
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

  /** Stores the results of attempts; returns a row for each, in the same order. */
  async settle(attempts: readonly AttemptRecord[]): Promise<SettleRow[]> {
    const groups = attempts.some(({ delivery }) => delivery.group) ? ofMembers(attempts) : null;
    const records = groups ? attempts.flatMap((attempt) => groups.get(attempt) ?? attempt) : attempts;
    const rows = new Map<AttemptRecord, SettleRow>();
    // Results of a webhook go into the same statement, so that its health counts them in order.
    const odd = new Set(records.filter((record) => !isPlain(record)).map(({ delivery }) => delivery.webhookId));
    const plain = records.filter(({ delivery }) => !odd.has(delivery.webhookId));
    const settled = plain.length > 0 && (await this.#settleDelivered(plain));
    if (settled) for (const record of plain) rows.set(record, DELIVERED);
    const others = settled ? records.filter((record) => !rows.has(record)) : records;
    if (others.length > 0) await this.#settleAny(others, rows);
    return attempts.map((attempt) => rows.get(groups?.get(attempt)?.[0] ?? attempt)!);
  }

  /** False: one of them needs the general statement, and nothing was changed. */
  async #settleDelivered(records: readonly AttemptRecord[]): Promise<boolean> {
    const values = settleDeliveredParameters(records, Date.now());
    try {
      await this.#rows({ name: 'settle_delivered', text: SETTLE_DELIVERED_SQL, values });
      return true;
    } catch (error) {
      if (NOT_PLAIN.has((error as { code?: string }).code ?? '')) return false;
      throw error;
    }
  }

  async #settleAny(records: readonly AttemptRecord[], into: Map<AttemptRecord, SettleRow>): Promise<void> {
    const values = settleAnyParameters(records, Date.now());
    const rows = await this.#rows<SettledRow>({ name: 'settle_any', text: SETTLE_ANY_SQL, values });
    for (const row of rows) into.set(records[row.ord - 1]!, row);
    const fenced = records.filter((record) => into.get(record)!.state === 'fenced');
    if (fenced.length > 0)
      await this.#rows({
        name: 'fenced',
        text: FENCED_SQL,
        values: attemptParameters(fenced.map(asFenced), Date.now()),
      });
    const erased = records.filter((record) => into.get(record)!.erased).map(({ delivery }) => delivery.deliveryId);
    // If this fails, the sweep does it.
    if (erased.length > 0) await this.pending.endErased(erased).catch(() => undefined);
  }

  /** Releases unused leases, which count as no attempt. An unused turn goes to the next delivery. */
  async release(claimed: readonly Leased[]): Promise<void> {
    const leases = claimed.flatMap((one): readonly Lease[] => one.group?.members ?? [one]);
    await this.database.query(
      `with released as (
         update webhook_queue q set token = null, lease_until = null, attempt = q.attempt - 1,
           due_at = coalesce(q.due_at, now())
         from unnest($1::uuid[], $2::uuid[]) as r(delivery_id, token)
         where q.delivery_id = r.delivery_id and q.token = r.token returning q.webhook_id
       )
       update webhook_flow f set next_at = least(f.next_at, now() + f.every_ms * interval '1 millisecond')
       where f.webhook_id = any (array(select webhook_id from released))`,
      [leases.map((lease) => lease.deliveryId), leases.map((lease) => lease.token)],
    );
  }

  /**
   * Releases leases, retrying while the database is unavailable, because an expired lease is recorded as a lost
   * request. Gives up when the leases have expired. Never rejects.
   */
  async releaseInBackground(leases: readonly Leased[]): Promise<void> {
    for (const until = Date.now() + this.env.leaseMs; Date.now() < until;) {
      try {
        return await this.release(leases);
      } catch {
        await setTimeout(RELEASE_RETRY_MS, undefined, { ref: false });
      }
    }
  }

  /**
   * The webhooks of claimed deliveries that must not be sent, because the webhook was paused, held, switched off,
   * deleted or changed since the claim, or one of its messages was erased.
   */
  async outdated(claimed: readonly ClaimedDelivery[]): Promise<WebhookRef[]> {
    if (claimed.length === 0) return [];
    const values = [claimed.map(({ webhookId }) => webhookId), claimed.map(({ version }) => version)];
    const rows = await this.#rows<{ webhook_id: string }>({ name: 'outdated', text: OUTDATED_SQL, values });
    const ids = new Set(rows.map((row) => row.webhook_id));
    return claimed.filter(({ webhookId }) => ids.has(webhookId));
  }

  async #rows<Row extends pg.QueryResultRow>(query: { name: string; text: string; values: unknown[] }): Promise<Row[]> {
    return (await retryOnConflict(() => this.database.pool.query<Row>(query))).rows;
  }

  /** Reads the messages of claimed rows. Releases those that cannot be sent. */
  async #withMessages(rows: readonly ClaimRow[], token: string): Promise<ClaimedDelivery[]> {
    if (rows.length === 0) return [];
    try {
      const messages = await this.#messages(rows);
      const deliveries: ClaimedDelivery[] = [];
      const erased: Lease[] = [];
      for (const row of rows) {
        const { body = null, traceparent = null } = messages.get(row.event_id) ?? {};
        if (body === null) erased.push({ deliveryId: row.delivery_id, token });
        else deliveries.push(claimedDelivery(row, { body, traceparent }, token));
      }
      if (erased.length > 0) await this.#endClaimed(erased);
      return inGroups(deliveries, rows);
    } catch (error) {
      void this.releaseInBackground(rows.map((row) => ({ deliveryId: row.delivery_id, token })));
      throw error;
    }
  }

  /** By the id of the event. */
  async #messages(rows: readonly ClaimRow[]): Promise<Map<string, MessageRow>> {
    const eventIds = rows.map((row) => row.event_id);
    const sorted = eventIds.toSorted();
    const values = [rows.map((row) => row.agency_id), eventIds, sorted[0], sorted.at(-1)];
    const found = await this.#rows<MessageRow>({ name: 'bodies', text: BODIES_SQL, values });
    return new Map(found.map((row) => [row.id, row]));
  }

  /** Ends claimed deliveries whose messages were erased since, or are older than the retention. Nothing was sent. */
  async #endClaimed(leases: readonly Lease[]): Promise<void> {
    await this.release(leases);
    await this.pending.endErased(leases.map((lease) => lease.deliveryId));
  }
}

/** The row of a first attempt that succeeded. */
const DELIVERED: SettleRow = {
  state: 'delivered',
  erased: false,
  failures_in_a_row: 0,
  failed_deliveries_in_a_row: 0,
  failing_for_ms: null,
  down_attempts: 0,
  down_for_ms: null,
  paused: false,
  switched_off: false,
};

function claimedDelivery(
  row: ClaimRow,
  { body, traceparent }: { body: string; traceparent: string | null },
  token: string,
): ClaimedDelivery {
  return {
    deliveryId: row.delivery_id,
    agencyId: row.agency_id,
    webhookId: row.webhook_id,
    version: row.version,
    eventId: row.event_id,
    eventType: row.event_type,
    body,
    traceparent,
    test: false,
    dueMs: row.due_ms,
    attempt: row.attempt,
    failures: row.failures,
    interruptions: row.interruptions,
    logged: row.logged,
    held: row.held_ms == null ? null : { holds: row.holds!, forMs: row.held_ms },
    turn: row.turn ?? null,
    group: null,
    token,
  };
}
