import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV, type Env } from '../../config/env.js';
import { retryOnConflict, ServiceDatabase, type RunStatement } from '../../database/service-database.js';
import { EventIntake, type AcceptedEvent } from '../../events/event-intake.js';
import type { PublishableEvent } from '../../events/publishable-event.js';
import { refusalOfDatabase, isDatabaseUnavailable } from '../../http/database-errors.js';
import { AppError } from '../../lib/app-error.js';
import { Batcher } from './batcher.js';
import { ChangedIds, Changes, CHANGES_CHANNEL } from './changes.js';
import type { ClaimedDelivery, WebhookRef } from './queue/claimed-delivery.js';
import { EngineCounts } from './engine-counts.js';
import { Dispatcher } from './dispatcher.js';
import {
  enterAgency,
  indexed,
  isKeyUsed,
  refuseUnknown,
  resultOfKey,
  unknownAgency,
  type StoreResult,
} from './intake-refusals.js';
import {
  claimedDelivery,
  firstOfEachKey,
  planOf,
  PUBLISH_BATCH_SQL,
  publishParameters,
  type PublishedRow,
  type PublishOptions,
  type PublishPlan,
} from './queue/publish-plan.js';
import { LeftOutCounts } from './left-out-counts.js';
import { readRoutes, Routes } from './routes.js';
import { NO_RESERVATION, type Reservation } from './concurrency.js';

/*
 * Stores events with their deliveries and queue rows; when that is committed, the promise of the publisher resolves.
 * Invariant: what was accepted is committed. Called by the event bus only. Batches what arrives together, claims first
 * attempts for this process as far as it has free slots, and starts them.
 */

const MAX_BATCH = 200;
/** Arrays stored at the same time. More would take the connections that settle and claim need. */
const MAX_ARRAYS_AT_ONCE = 2;

/** How often a batch is planned again because the routes of an agency have changed in the meantime. */
const MAX_MOVES = 3;

/*
 * Admission control: how many events may wait in this process to be stored. A refusal depends on the memory of this
 * process only, never on what is pending in the database.
 */

export const MAX_WAITING = 5_000;
/**
 * Four arrays of the largest size. The database stores about 10 MiB a second, so a full buffer is stored within
 * seconds.
 */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Memory of an event beside its message. */
const OVERHEAD_BYTES = 1024;
const RETRY_AFTER_SECONDS = 1;

export class Admission {
  /** Single events and arrays that are waiting or being stored. */
  #waiting = 0;
  /** Events that are waiting or being stored. */
  events = 0;
  /** Approximate memory they take. */
  bytes = 0;
  /** Events refused since the process started. */
  refused = 0;

  /**
   * Counts the events of one publisher; returns their bytes, for `leave` when they are stored or refused. Throws
   * AppError intake_full.
   */
  enter(events: readonly PublishableEvent[]): number {
    let bytes = 0;
    for (const { body } of events) bytes += OVERHEAD_BYTES + Buffer.byteLength(body);
    if (this.#waiting >= MAX_WAITING || this.bytes + bytes > MAX_WAITING_BYTES) {
      this.refused += events.length;
      throw new AppError('intake_full', 'More events are arriving than can be stored right now. Try again.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    this.#waiting++;
    this.events += events.length;
    this.bytes += bytes;
    return bytes;
  }

  leave(events: readonly PublishableEvent[], bytes: number): void {
    this.#waiting--;
    this.events -= events.length;
    this.bytes -= bytes;
  }
}

/** What a statement has stored. */
interface Stored {
  results: Map<PublishableEvent, StoreResult>;
  deliveries: Pick<ClaimedDelivery, 'agencyId' | 'deliveryId'>[];
  claimed: ClaimedDelivery[];
  /** Paced webhooks with new deliveries. */
  paced: Set<string>;
  /** Webhooks whose conditions an event did not meet. */
  leftOut: WebhookRef[];
  /** Deliveries are due that were not claimed: another process may have free slots. */
  backlogged: boolean;
  /** This process may have free slots for them too. */
  claimable: boolean;
}

@Injectable()
export class Intake extends EventIntake {
  readonly admission = new Admission();
  readonly #batcher = new Batcher<PublishableEvent, StoreResult>({
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
      const answer = fate === 'key_used' ? await resultOfKey(this.database.prepared, event) : fate;
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
    const run: RunStatement = (_, sql, values) => manager.query(sql, values);
    const { answers, deliveries, leftOut } = await this.#storeWithin(run, events, NO_RESERVATION);
    // Also counted if the caller rolls back, which is not known here.
    this.leftOut.add(leftOut);
    // Delivered to every process when, and only if, the transaction of the caller commits.
    await manager.query(`select pg_notify('bpoc_due', ''), pg_notify($1, $2)`, [
      CHANGES_CHANNEL,
      payloadOf(deliveries, events[0]!),
    ]);
    return answers;
  }

  /**
   * A micro-batch of single events. If it fails, events are stored one by one, so that a bad one never fails its
   * neighbours.
   */
  async #storeBatch(events: PublishableEvent[]): Promise<StoreResult[]> {
    const fresh = firstOfEachKey(events);
    try {
      const stored = await this.#storeNow([...fresh], { allOrNone: false });
      this.#committed(stored);
      return events.map((event) => (fresh.has(event) ? stored.results.get(event)! : 'key_used'));
    } catch (error) {
      if (isDatabaseUnavailable(error) || events.length === 1) throw error;
      const single = (event: PublishableEvent) => this.#storeBatch([event]).then(([fate]) => fate!);
      const settled = await Promise.allSettled(events.map(single));
      return settled.map(
        (result) =>
          (result.status === 'fulfilled' ? result.value : Promise.reject(result.reason as Error)) as StoreResult,
      );
    }
  }

  async #storeArray(events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    try {
      if (firstOfEachKey(events).size < events.length) return await this.#storeWithKeys(events);
      const stored = await this.#storeNow(events, { allOrNone: true });
      this.#committed(stored);
      return events.map((event) => stored.results.get(event) as AcceptedEvent);
    } catch (error) {
      if (isKeyUsed(error)) return this.#storeWithKeys(events);
      throw refusalOfDatabase(error) ?? error;
    }
  }

  /**
   * An array in which a key was used before or occurs twice. In a transaction, because a conflict refuses all of it.
   */
  async #storeWithKeys(events: PublishableEvent[]): Promise<AcceptedEvent[]> {
    const claimed: ClaimedDelivery[] = [];
    try {
      const { answers, ...stored } = await retryOnConflict(async () => {
        // Before the transaction: the holder of a reservation may wait for a connection, so nothing that holds a
        // connection may wait for a reservation.
        const reservation = await this.dispatcher.concurrency.reserve('intake');
        try {
          return await this.database.preparedTransaction(async (run) => {
            // The claims of an attempt that ended in a deadlock were rolled back.
            for (const delivery of claimed.splice(0)) this.dispatcher.concurrency.forget(delivery);
            const stored = await this.#storeWithin(run, events, reservation);
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

  /** Stores in a statement of its own. */
  async #storeNow(events: PublishableEvent[], { allOrNone }: { allOrNone: boolean }): Promise<Stored> {
    const reservation = await this.dispatcher.concurrency.reserve('intake');
    const run: RunStatement = (name, text, values) =>
      this.counts.timed('intake', () => retryOnConflict(() => this.database.prepared(name, text, values)));
    try {
      return await this.#store(run, events, reservation, { allOrNone, compared: true });
    } finally {
      reservation.release([]);
    }
  }

  /**
   * Stores by the routes known here, which the statement compares with those in the database. If those keep changing,
   * or in a transaction (not `compared`), by routes that it has just read.
   */
  async #store(
    run: RunStatement,
    events: PublishableEvent[],
    reservation: Reservation,
    options: PublishOptions,
  ): Promise<Stored> {
    const lease = { token: randomUUID(), leaseMs: this.env.leaseMs };
    const agencyIds = new Set(events.map((event) => event.agencyId));
    for (let moves = options.compared ? 0 : MAX_MOVES; ; moves++) {
      const compared = moves < MAX_MOVES;
      const routes = compared ? await this.routes.of(agencyIds) : await readRoutes(run, [...agencyIds]);
      const plan = planOf(events, routes, reservation.slots);
      if (options.allOrNone) refuseUnknown(events, plan);
      const values = publishParameters(plan, lease, { ...options, compared });
      const [row] = await run<PublishedRow>('publish_batch', PUBLISH_BATCH_SQL, values);
      if (row!.moved) {
        this.routes.forget(row!.moved);
        continue;
      }
      const stored = this.#storedBy(events, plan, { token: lease.token, used: new Set(row!.used) });
      reservation.release(stored.claimed);
      return stored;
    }
  }

  #storedBy(
    events: readonly PublishableEvent[],
    { answers, pending, skipped, leftOut }: PublishPlan,
    { token, used }: { token: string; used: ReadonlySet<string> },
  ): Stored {
    const stored: Stored = {
      results: new Map(),
      deliveries: [],
      claimed: [],
      paced: new Set(),
      leftOut: [],
      backlogged: false,
      claimable: false,
    };
    for (const { event, webhookId } of leftOut) {
      if (!used.has(event.id)) stored.leftOut.push({ agencyId: event.agencyId, webhookId });
    }
    for (const event of events) {
      stored.results.set(event, used.has(event.id) ? 'key_used' : (answers.get(event) ?? 'unknown_agency'));
    }
    for (const delivery of [...pending, ...skipped]) {
      const { id, event, route, claimed } = delivery;
      if (used.has(event.id)) continue;
      stored.deliveries.push({ agencyId: event.agencyId, deliveryId: id });
      if (claimed) stored.claimed.push(claimedDelivery(delivery, token));
      else if (route.paced) stored.paced.add(route.webhookId);
      else if (route.isActive && !route.closed) {
        const { webhookId } = route;
        stored.backlogged = true;
        if (this.dispatcher.concurrency.markBacklog({ webhookId, agencyId: event.agencyId })) stored.claimable = true;
      }
    }
    return stored;
  }

  /** Stores in a transaction, which a refusal rolls back. */
  async #storeWithin(run: RunStatement, events: PublishableEvent[], reservation: Reservation) {
    const fresh = firstOfEachKey(events);
    const { results, ...stored } = await this.#store(run, [...fresh], reservation, {
      allOrNone: false,
      compared: false,
    });
    const answers: AcceptedEvent[] = [];
    try {
      for (const [index, event] of events.entries()) {
        const fate = results.get(event) ?? 'key_used';
        if (fate === 'unknown_agency') throw unknownAgency(events.length > 1 ? `${index}.agencyId` : 'agencyId');
        answers.push(
          fate === 'key_used'
            ? await resultOfKey(run, event).catch((error: unknown) => Promise.reject(indexed(error, index)))
            : fate,
        );
      }
    } catch (error) {
      for (const delivery of stored.claimed) this.dispatcher.concurrency.forget(delivery);
      throw error;
    }
    return { answers, ...stored };
  }

  /** Runs after the commit. */
  #committed({ deliveries, claimed, paced, leftOut, backlogged, claimable }: Omit<Stored, 'results'>): void {
    if (leftOut.length > 0) this.leftOut.add(leftOut);
    for (const { agencyId, deliveryId } of deliveries) this.changes.delivery(agencyId, deliveryId);
    this.dispatcher.attempts.startAll(claimed);
    for (const webhookId of paced) this.dispatcher.turns.published(webhookId);
    if (claimable) this.dispatcher.nudge();
    if (backlogged) this.dispatcher.nudgeOthers();
  }
}

function payloadOf(deliveries: Stored['deliveries'], { agencyId }: { agencyId: string }): string {
  const ids = new ChangedIds();
  for (const { deliveryId } of deliveries) ids.add('deliveries', deliveryId);
  return ids.toPayload(agencyId);
}
