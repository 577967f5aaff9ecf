import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../../config/env.js';
import { repeating, ServiceDatabase } from '../../database/service-database.js';
import { EventIntake, type AcceptedEvent } from '../../events/event-intake.js';
import type { PublishableEvent } from '../../events/publishable-event.js';
import { refusalOfDatabase, isDatabaseAway } from '../../http/database-errors.js';
import { Batcher } from './batcher.js';
import { ChangedIds, Changes, CHANGES_CHANNEL } from './changes.js';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';
import { EngineCounts } from './engine-counts.js';
import { Dispatcher } from './dispatcher.js';
import {
  Admission,
  enterAgency,
  fateAfter,
  firstOfEachKey,
  indexed,
  isKeyUsed,
  refuseUnknown,
  resultOfKey,
  unknownAgency,
  type Fate,
  type KeyLookup,
  type UsedKey,
} from './intake-rules.js';
import {
  claimedDelivery,
  intakeParameters,
  planOf,
  PUBLISH_ANY_SQL,
  PUBLISH_BATCH_SQL,
  publishParameters,
  type IntakeRow,
  type LeftOut,
  type PublishedRow,
  type PublishPlan,
} from './queue/intake-sql.js';
import { LeftOutCounts, type OfWebhook } from './left-out-counts.js';
import { Routes } from './routes.js';
import { NO_SLOTS, type Reservation } from './concurrency.js';

/*
 * Stores the event, its deliveries and queue rows in one transaction, then the promise of the publisher resolves.
 * Invariant: what was accepted is committed. Called by the event bus only. Batches what arrives together; claims the
 * first attempts for this process if it has free slots.
 */

const MAX_BATCH = 200;
/** Arrays stored at the same time: more would take the connections that settle and claim need. */
const MAX_ARRAYS_AT_ONCE = 2;

/** How often events are planned anew because the routes of an agency have changed meanwhile. */
const MAX_MOVES = 3;

type Statement = (sql: string, parameters: unknown[]) => Promise<IntakeRow[]>;

/** Statements in the transaction at hand. */
interface Within {
  store: Statement;
  lookup: KeyLookup;
}

interface Made {
  agencyId: string;
  deliveryId: string;
}

interface Stored {
  fates: Map<PublishableEvent, Fate>;
  claimed: ClaimedDelivery[];
  made: Made[];
  /** Webhooks whose requests may take turns. */
  paced: Set<string>;
  /** What conditions left out. */
  leftOut: OfWebhook[];
  /** Something is due that was not claimed. Another process may have free slots. */
  backlogged: boolean;
  /** And so may this one. */
  claimable: boolean;
}

const NO_BACKLOG = { backlogged: false, claimable: false };

@Injectable()
export class Intake extends EventIntake {
  readonly admission = new Admission();
  readonly #batcher = new Batcher<PublishableEvent, Fate>({
    run: (events) => this.#storeBatch(events),
    maxItems: MAX_BATCH,
    concurrency: 1,
  });

  readonly #arrays = new Batcher<PublishableEvent[], AcceptedEvent[]>({
    run: async ([events]) => [await this.#storeArray(events!)],
    maxItems: 1,
    concurrency: MAX_ARRAYS_AT_ONCE,
  });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly dispatcher: Dispatcher,
    private readonly changes: Changes,
    private readonly counts: EngineCounts,
    private readonly routes: Routes,
    private readonly leftOut: LeftOutCounts,
    @Inject(ENV) private readonly env: Env,
  ) {
    super();
  }

  async acceptAll(events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    const bytes = this.admission.enter(events);
    try {
      const answers = await this.#arrays.add(events);
      this.counts.accepted += answers.length;
      return answers;
    } finally {
      this.admission.leave(events, bytes);
    }
  }

  async accept(event: PublishableEvent): Promise<AcceptedEvent> {
    const events = [event];
    const bytes = this.admission.enter(events);
    try {
      const fate = await this.#batcher.add(event);
      if (fate === 'unknown_agency') throw unknownAgency('agencyId');
      const answer = fate === 'key_used' ? await resultOfKey(this.#lookup, event) : fate;
      this.counts.accepted++;
      return answer;
    } catch (error) {
      throw refusalOfDatabase(error) ?? error;
    } finally {
      this.admission.leave(events, bytes);
    }
  }

  async acceptWithin(manager: EntityManager, events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    await enterAgency(manager, events);
    const within: Within = {
      store: (sql, parameters) => manager.query(sql, parameters),
      lookup: (sql, parameters) => manager.query(sql, parameters),
    };
    const { answers, made, leftOut } = await this.#storeAll(within, events, null);
    // Also if the caller rolls back, which we do not hear of.
    this.leftOut.add(leftOut);
    // Delivered to every process when, and only if, the transaction of the caller commits.
    await manager.query(`select pg_notify('bpoc_due', ''), pg_notify($1, $2)`, [
      CHANGES_CHANNEL,
      payloadOf(made, events[0]!),
    ]);
    return answers;
  }

  /**
   * A micro-batch of single events. If it fails, events are stored one by one, so that a bad one never fails its
   * neighbours.
   */
  async #storeBatch(events: PublishableEvent[]): Promise<Fate[]> {
    const fresh = firstOfEachKey(events);
    try {
      const reservation = await this.dispatcher.concurrency.reserve({ pastBacklog: false });
      const stored =
        (await this.#publish([...fresh], reservation, { allOrNone: false })) ??
        (await this.#store((text, values) => this.#statement('publish_any', text, values), [...fresh], null));
      this.#committed(stored);
      return events.map((event) => (fresh.has(event) ? stored.fates.get(event)! : 'key_used'));
    } catch (error) {
      if (isDatabaseAway(error) || events.length === 1) throw error;
      const single = (event: PublishableEvent) => this.#storeBatch([event]).then(([fate]) => fate!);
      const settled = await Promise.allSettled(events.map(single));
      return settled.map(
        (result) => (result.status === 'fulfilled' ? result.value : Promise.reject(result.reason as Error)) as Fate,
      );
    }
  }

  async #storeArray(events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    try {
      const fresh = firstOfEachKey(events);
      const stored = fresh.size === events.length ? await this.#publishArray(events) : null;
      if (!stored) return await this.#storeWithKeys(events);
      this.#committed(stored);
      return events.map((event) => stored.fates.get(event) as AcceptedEvent);
    } catch (error) {
      throw refusalOfDatabase(error) ?? error;
    }
  }

  /** null: a key was used before, or routes kept changing. */
  async #publishArray(events: PublishableEvent[]): Promise<Stored | null> {
    const reservation = await this.dispatcher.concurrency.reserve({ pastBacklog: false });
    try {
      return await this.#publish(events, reservation, { allOrNone: true });
    } catch (error) {
      if (isKeyUsed(error)) return null;
      throw error;
    }
  }

  /** An array with a key that is used already, or twice: in a transaction, because one that conflicts refuses all. */
  async #storeWithKeys(events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    const claimed: ClaimedDelivery[] = [];
    try {
      const { answers, ...stored } = await repeating(async () => {
        // Before the transaction: its owner may have to wait for a connection, so no owner of a connection may wait
        // for a turn.
        const reservation = await this.dispatcher.concurrency.reserve({ pastBacklog: false });
        try {
          return await this.database.preparedTransaction(async (client) => {
            // The claims of an attempt that ended in a deadlock were rolled back.
            for (const delivery of claimed.splice(0)) this.dispatcher.concurrency.forget(delivery);
            const within: Within = {
              store: async (text, values) =>
                (await client.query<IntakeRow>({ name: 'publish_any', text, values })).rows,
              lookup: async (text, values) => (await client.query<UsedKey>(text, values)).rows,
            };
            const stored = await this.#storeAll(within, events, reservation);
            claimed.push(...stored.claimed);
            return stored;
          });
        } finally {
          reservation.release([]);
        }
      });
      this.#committed(stored);
      return answers;
    } catch (error) {
      for (const delivery of claimed) this.dispatcher.concurrency.forget(delivery);
      throw refusalOfDatabase(error) ?? error;
    }
  }

  /** By the routes known here. null: they kept changing, and nothing was stored. */
  async #publish(
    events: PublishableEvent[],
    reservation: Reservation,
    options: { allOrNone: boolean },
  ): Promise<Stored | null> {
    let claimed: ClaimedDelivery[] = [];
    try {
      const lease = { token: randomUUID(), leaseMs: this.env.leaseMs };
      const agencyIds = new Set(events.map((event) => event.agencyId));
      for (let moves = 0; moves < MAX_MOVES; moves++) {
        const plan = planOf(events, await this.routes.of(agencyIds), reservation.slots);
        if (options.allOrNone) refuseUnknown(events, plan);
        const values = publishParameters(plan, lease, options);
        const [row] = await this.#statement<PublishedRow>('publish_batch', PUBLISH_BATCH_SQL, values);
        if (row!.moved) {
          this.routes.forget(row!.moved);
          continue;
        }
        const stored = this.#storedBy(events, plan, { token: lease.token, used: new Set(row!.used) });
        ({ claimed } = stored);
        return stored;
      }
      return null;
    } finally {
      reservation.release(claimed);
    }
  }

  async #statement<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    const { pool } = this.database;
    return this.counts.timed('intake', () =>
      repeating(async () => (await pool.query<Row>({ name, text, values })).rows),
    );
  }

  #storedBy(
    events: readonly PublishableEvent[],
    { answers, pending, skipped, leftOut }: PublishPlan,
    { token, used }: { token: string; used: ReadonlySet<string> },
  ): Stored {
    const stored: Stored = { fates: new Map(), claimed: [], made: [], paced: new Set(), leftOut: [], ...NO_BACKLOG };
    for (const { event, webhookId } of leftOut) {
      if (!used.has(event.id)) stored.leftOut.push({ agencyId: event.agencyId, webhookId });
    }
    for (const event of events) {
      stored.fates.set(event, used.has(event.id) ? 'key_used' : (answers.get(event) ?? 'unknown_agency'));
    }
    for (const { id, event, route, claimed } of [...pending, ...skipped]) {
      if (used.has(event.id)) continue;
      stored.made.push({ agencyId: event.agencyId, deliveryId: id });
      if (claimed) stored.claimed.push(claimedDelivery(event, { id, ...route }, token));
      else if (route.paced) stored.paced.add(route.webhookId);
      else if (route.isActive && !route.closed) {
        const { webhookId } = route;
        stored.backlogged = true;
        if (this.dispatcher.concurrency.markBacklog({ webhookId, agencyId: event.agencyId })) stored.claimable = true;
      }
    }
    return stored;
  }

  /** All or nothing: a refusal throws, and the caller's transaction rolls back. */
  async #storeAll({ store, lookup }: Within, events: PublishableEvent[], reservation: Reservation | null) {
    const fresh = firstOfEachKey(events);
    const { fates, ...stored } = await this.#store(store, [...fresh], reservation);
    const answers: AcceptedEvent[] = [];
    try {
      for (const [index, event] of events.entries()) {
        const fate = fates.get(event) ?? 'key_used';
        if (fate === 'unknown_agency') throw unknownAgency(events.length > 1 ? `${index}.agencyId` : 'agencyId');
        answers.push(
          fate === 'key_used'
            ? await resultOfKey(lookup, event).catch((error: unknown) => Promise.reject(indexed(error, index)))
            : fate,
        );
      }
    } catch (error) {
      for (const delivery of stored.claimed) this.dispatcher.concurrency.forget(delivery);
      throw error;
    }
    return { answers, ...stored };
  }

  async #store(statement: Statement, events: PublishableEvent[], reservation: Reservation | null): Promise<Stored> {
    const token = randomUUID();
    const claimed: ClaimedDelivery[] = [];
    const made: Made[] = [];
    const paced = new Set<string>();
    const fates = new Map<PublishableEvent, Fate>();
    const backlog = { ...NO_BACKLOG };
    try {
      const lease = { token, leaseMs: this.env.leaseMs };
      const left = await this.#leftOut(events);
      const parameters = intakeParameters(events, reservation?.slots ?? NO_SLOTS, lease, left);
      for (const row of await statement(PUBLISH_ANY_SQL, parameters)) {
        const event = events[row.n - 1]!;
        fates.set(event, fateAfter(fates.get(event), event, row));
        if (row.delivery_id) made.push({ agencyId: event.agencyId, deliveryId: row.delivery_id });
        if (row.claimed) {
          const route = { id: row.delivery_id!, webhookId: row.webhook_id!, version: row.version! };
          claimed.push(claimedDelivery(event, route, token));
        } else if (row.pending && !row.due) paced.add(row.webhook_id!);
        else if (row.due) {
          const webhookId = row.webhook_id!;
          backlog.backlogged = true;
          if (this.dispatcher.concurrency.markBacklog({ webhookId, agencyId: event.agencyId }))
            backlog.claimable = true;
        }
      }
      const leftOut = left.flatMap(({ n, webhookId }) => {
        const event = events[n - 1]!;
        return typeof fates.get(event) === 'object' ? [{ agencyId: event.agencyId, webhookId }] : [];
      });
      return { fates, claimed, made, paced, leftOut, ...backlog };
    } finally {
      reservation?.release(claimed);
    }
  }

  /** What conditions leave out. The statement finds the webhooks itself, but does not know conditions. */
  async #leftOut(events: readonly PublishableEvent[]): Promise<LeftOut[]> {
    const routes = await this.routes.fresh(new Set(events.map(({ agencyId }) => agencyId)));
    return events.flatMap((event, index) => {
      const ofAgency = routes.get(event.agencyId);
      return (ofAgency?.leftOut(event, ofAgency.for(event)) ?? []).map(({ webhookId }) => ({
        n: index + 1,
        webhookId,
      }));
    });
  }

  #committed({ claimed, made, paced, leftOut, backlogged, claimable }: Omit<Stored, 'fates'>): void {
    if (leftOut.length > 0) this.leftOut.add(leftOut);
    for (const { agencyId, deliveryId } of made) this.changes.delivery(agencyId, deliveryId);
    this.dispatcher.startAll(claimed);
    for (const webhookId of paced) this.dispatcher.turns.published(webhookId);
    if (claimable) this.dispatcher.nudge();
    if (backlogged) this.dispatcher.nudgeOthers();
  }

  readonly #lookup: KeyLookup = (sql, parameters) => this.database.query(sql, parameters);
}

function payloadOf(made: readonly Made[], { agencyId }: { agencyId: string }): string {
  const ids = new ChangedIds();
  for (const { deliveryId } of made) ids.add('deliveries', deliveryId);
  return ids.toPayload(agencyId);
}
