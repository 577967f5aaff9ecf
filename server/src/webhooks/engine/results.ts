import { Logger } from '@nestjs/common';
import { Batcher } from './batcher.js';
import type { Changes } from './changes.js';
import type { Concurrency } from './concurrency.js';
import { isDatabaseAway } from '../../http/database-errors.js';
import type { Settled } from './drain.js';
import type { EngineCounts } from './engine-counts.js';
import type { HealthTransitions } from './health-transitions.js';
import type { Lines } from './lines.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import type { ClaimedDelivery } from './queue/claimed-delivery.js';
import type { DeliveryQueue } from './queue/delivery-queue.js';
import type { Turns } from './turns.js';
import type { SettleRow } from './queue/settle-sql.js';

/*
 * The results of attempts on their way into the database: in batches, retried while it is unavailable. Invariant: a
 * result is stored, or its lease expires and the delivery is sent again. Filled by the dispatcher.
 */

const SETTLE_BATCH = 200;
/** Of one statement, which must end long before the database counts as away: groups have many. */
const SETTLE_ROWS = 500;
const BACKOFF_MAX_MS = 500;
const NONE: readonly ClaimedDelivery[] = [];
/** Successes of a webhook with a line come a few at a time, and no other request waits for them. */
const LINGER = { items: 50, ms: 20 };

/** A result that waits to be stored, and who waits for that. */
export interface Finished {
  record: AttemptRecord;
  onSettled: ((settled: Settled) => void) | undefined;
}

interface Around {
  queue: DeliveryQueue;
  health: HealthTransitions;
  changes: Changes;
  counts: EngineCounts;
  attempts: AttemptLog;
  turns: Turns;
  concurrency: Concurrency;
  lines: Lines;
  /** A slot is free again. */
  free: () => void;
}

export class Results {
  readonly #log = new Logger('Dispatcher');
  readonly #batches: Batcher<Finished, void>;

  constructor(private readonly around: Around) {
    this.#batches = new Batcher({
      run: (finished) => this.#settleAll(finished),
      maxItems: SETTLE_BATCH,
      concurrency: 1,
      linger: {
        mayWait: ({ record }) => record.outcome.kind === 'succeeded' && around.lines.has(record.delivery.webhookId),
        ...LINGER,
      },
    });
  }

  add(finished: Finished): void {
    this.#batches.push(finished);
  }

  /** Never rejects. */
  async #settleAll(finished: Finished[]): Promise<void[]> {
    for (const some of byRows(finished)) await this.#settleSome(some);
    return [];
  }

  async #settleSome(finished: readonly Finished[]): Promise<void> {
    const { concurrency, free: freed } = this.around;
    const states = await this.#settle(finished.map(({ record }) => record));
    let free = false;
    for (const [index, { record, onSettled }] of finished.entries()) {
      if (record.holdMs !== null) concurrency.holdStored(record.delivery.webhookId);
      if (concurrency.settled()) free = true;
      onSettled?.(states[index]!);
    }
    if (free) freed();
  }

  /** Retries while the database is unavailable: results wait here, bounded by the total limit. */
  async #settle(records: AttemptRecord[]): Promise<Settled[]> {
    const { queue, health, counts, attempts } = this.around;
    for (let errors = 0; ; errors++) {
      try {
        const rows = await counts.timed('settle', () => queue.settle(records));
        await this.#endTurns(records.filter((_, index) => rows[index]!.state !== 'fenced'));
        counts.settled(records, rows);
        attempts.settled(records, rows);
        await health.follow(records, rows);
        this.#publish(records);
        return rows.map(({ state }) =>
          state === 'delivered' || state === 'retrying' || state === 'failed' ? state : 'other',
        );
      } catch (error) {
        if (!isDatabaseAway(error)) return this.#settleOneByOne(records, error);
        if (errors === 0) this.#log.warn(`results are waiting for the database: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(BACKOFF_MAX_MS, 50 * 2 ** Math.min(errors, 10))));
      }
    }
  }

  #publish(records: readonly AttemptRecord[]): void {
    const { changes } = this.around;
    for (const { delivery } of records) {
      changes.delivery(delivery.agencyId, delivery.deliveryId);
      for (const { deliveryId } of delivery.group?.members ?? NONE) changes.delivery(delivery.agencyId, deliveryId);
      changes.webhook(delivery.agencyId, delivery.webhookId);
    }
  }

  /** A result that cannot be stored must not fail its neighbours; its lease expires and it is sent again. */
  async #settleOneByOne(records: AttemptRecord[], error: unknown): Promise<Settled[]> {
    if (records.length > 1) return (await Promise.all(records.map((record) => this.#settle([record])))).flat();
    this.#log.error(`the result of delivery ${records[0]!.delivery.deliveryId} could not be stored: ${String(error)}`);
    return ['other'];
  }

  /** Without this they end with their leases. A fenced result has no turn: its delivery is another process's. */
  async #endTurns(records: readonly AttemptRecord[]): Promise<void> {
    const paced = records.map(({ delivery }) => delivery).filter(({ turn }) => turn !== null);
    if (paced.length === 0) return;
    const { queue, turns } = this.around;
    for (const next of await queue.endTurns(paced).catch(() => [])) turns.due(next);
  }
}

/** In their order, at most SETTLE_ROWS rows together. */
function byRows(finished: readonly Finished[]): Finished[][] {
  const parts: Finished[][] = [[]];
  let rows = 0;
  for (const one of finished) {
    const more = one.record.delivery.group?.members.length ?? 1;
    if (rows > 0 && rows + more > SETTLE_ROWS) {
      parts.push([]);
      rows = 0;
    }
    parts.at(-1)!.push(one);
    rows += more;
  }
  return parts;
}

/** The log lines of attempts: failures at info, all others at debug. Ids, never addresses, messages or answers. */
export class AttemptLog {
  readonly #log = new Logger('Attempts');
  readonly #debugs: boolean;

  constructor(level: string) {
    this.#debugs = level === 'debug' || level === 'trace';
  }

  /** `rows[n]` is the row settle returned for `records[n]`. */
  settled(records: readonly AttemptRecord[], rows: readonly SettleRow[]): void {
    for (const [index, record] of records.entries()) {
      const failed = record.outcome.kind === 'failed';
      if (failed) this.#log.log(lineOf('attempt failed', record, rows[index]!));
      else if (this.#debugs) this.#log.debug(lineOf('attempt', record, rows[index]!));
    }
  }
}

function lineOf(msg: string, { delivery, outcome }: AttemptRecord, { state }: SettleRow): object {
  const { agencyId, webhookId, deliveryId, eventId, eventType, attempt, traceparent } = delivery;
  return {
    msg,
    agency_id: agencyId,
    webhook_id: webhookId,
    delivery_id: deliveryId,
    event_id: eventId,
    event: eventType,
    attempt,
    reason: outcome.reason,
    status: outcome.answer?.status,
    duration_ms: outcome.timing.totalMs,
    state,
    group_id: delivery.group?.id,
    traceparent: traceparent ?? undefined,
  };
}
