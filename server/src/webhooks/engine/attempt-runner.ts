import { Logger } from '@nestjs/common';
import type { Env } from '../../config/env.js';
import { isDatabaseUnavailable } from '../../http/database-errors.js';
import { AttemptLog } from './attempt-log.js';
import { Batcher } from './batcher.js';
import type { Changes } from './changes.js';
import type { Concurrency } from './concurrency.js';
import type { Settled } from './drain.js';
import type { EngineCounts } from './engine-counts.js';
import type { HealthTransitions } from './health-transitions.js';
import { WaitingLines, plannedWaitMs } from './claimed-ahead.js';
import type { AttemptRecord, SentAttempt } from './queue/attempt-record.js';
import { membersOf, type ClaimedDelivery } from './queue/claimed-delivery.js';
import type { DeliveryQueue } from './queue/delivery-queue.js';
import type { PendingDrops } from './queue/pending-drops.js';
import type { SettleRow } from './queue/settle-sql.js';
import { decide, holdMs, type Decision } from './send/retry-policy.js';
import type { Sender } from './send/sender.js';
import type { Turns } from './turns.js';

/*
 * From a claimed delivery to its stored result: it waits in the line of its webhook, if it was claimed ahead, is sent,
 * and its result is decided, stored and published. Results are stored in batches, and wait here while the database is
 * unavailable. Intake and the dispatcher start deliveries; nothing here claims.
 *
 * Invariant: what is started is settled by this process, or its lease expires and it is sent again.
 */

/** About a millisecond of signing and sending. */
const STARTS_A_TURN = 20;
/** How long after a change of its webhook a delivery that was claimed ahead may still start. */
const CHECK_LINES_MS = 100;
const SETTLE_BATCH = 200;
/** Rows of one statement, which must end long before the database counts as away: groups have many. */
const SETTLE_ROWS = 500;
const BACKOFF_MAX_MS = 500;
/** Successes of a webhook with a line may wait for company: its next delivery has started already. */
const LINGER = { items: 50, ms: 20 };
const DELIVERED: Decision = { kind: 'delivered' };
const NONE: readonly ClaimedDelivery[] = [];

/** A result that is to be stored. */
interface Finished {
  record: AttemptRecord;
  onSettled: ((settled: Settled) => void) | undefined;
}

interface AttemptRunnerOptions {
  queue: DeliveryQueue;
  sender: Sender;
  health: HealthTransitions;
  changes: Changes;
  counts: EngineCounts;
  drops: PendingDrops;
  /** Counts what is started here. */
  concurrency: Concurrency;
  turns: Turns;
  /** A webhook with a backlog has free slots again. */
  onFree: () => void;
  env: Env;
}

export class AttemptRunner {
  readonly #log = new Logger('Dispatcher');
  readonly #attempts: AttemptLog;
  readonly #lines: WaitingLines;
  readonly #results: Batcher<Finished, void>;
  #linesCheck: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: AttemptRunnerOptions) {
    const { maxInFlightPerWebhook: perWebhook, leaseMs, logLevel } = options.env;
    this.#attempts = new AttemptLog(logLevel);
    this.#lines = new WaitingLines({ perWebhook, waitMs: plannedWaitMs(leaseMs) });
    this.#results = new Batcher({
      run: (finished) => this.#settleAll(finished),
      maxItems: SETTLE_BATCH,
      concurrency: 1,
      linger: {
        mayWait: ({ record }) => record.outcome.kind === 'succeeded' && this.#lines.has(record.delivery.webhookId),
        ...LINGER,
      },
    });
  }

  /**
   * Sends and settles a delivery that is counted in `concurrency`, once its webhook has a slot for it. Never rejects.
   */
  start(delivery: ClaimedDelivery): void {
    if (this.#stopped || !this.options.concurrency.mayStart(delivery)) void this.release([delivery]);
    else if (this.#lines.enter(delivery)) this.#send(delivery);
    else this.#watchLines();
  }

  /** Spread over turns of the event loop, so that the next statement does not wait until all are signed and sent. */
  startAll(deliveries: readonly ClaimedDelivery[]): void {
    for (const delivery of deliveries.slice(0, STARTS_A_TURN)) this.start(delivery);
    if (deliveries.length > STARTS_A_TURN) setImmediate(() => this.startAll(deliveries.slice(STARTS_A_TURN)));
  }

  /** Starts at once, whatever the limit of its webhook, and resolves when the result is stored. */
  run(delivery: ClaimedDelivery): Promise<Settled> {
    this.#lines.started(delivery);
    return new Promise((resolve) => this.#send(delivery, resolve));
  }

  /** What was claimed and counted, but is not sent. Resolves when the leases are released or have expired. */
  async release(deliveries: readonly ClaimedDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.options.concurrency.forget(delivery);
    await this.options.queue.releaseInBackground(deliveries);
  }

  /** Starts nothing more, and releases what waits in lines. */
  stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#linesCheck);
    return this.release(this.#lines.clear());
  }

  /** The request is counted in the lines. The sender never rejects. */
  #send(delivery: ClaimedDelivery, onSettled?: (settled: Settled) => void): void {
    void this.options.sender
      .send(delivery)
      .then((sent) => this.#ended(delivery, sent, onSettled))
      .catch((error: unknown) => this.#log.error(error));
  }

  #ended(delivery: ClaimedDelivery, sent: SentAttempt, onSettled: Finished['onSettled']): void {
    const { concurrency, turns, onFree } = this.options;
    const record = this.#record(delivery, sent);
    const { webhookId, agencyId } = delivery;
    const succeeded = record.outcome.kind === 'succeeded';
    if (record.holdMs !== null) {
      concurrency.hold(webhookId);
      void this.release(this.#lines.clear(webhookId));
    } else if (succeeded) concurrency.succeeded(webhookId, record.startedAtMs);
    const next = this.#lines.ended(delivery);
    // A slot is free: the next delivery of a backlog may start before this result is stored.
    if (concurrency.answered(delivery, succeeded)) onFree();
    if (turns.blocked.has(agencyId)) turns.requestEnded(agencyId);
    this.#results.push({ record, onSettled });
    if (next) this.#send(next);
  }

  /** The attempt and what it decides. */
  #record(delivery: ClaimedDelivery, { startedAtMs, outcome, request, plan }: SentAttempt): AttemptRecord {
    if (outcome.kind === 'succeeded') {
      return { delivery, startedAtMs, outcome, decision: DELIVERED, holdMs: null, request };
    }
    const situation = {
      plan,
      failures: delivery.failures,
      interruptions: Math.min(...membersOf(delivery).map(({ interruptions }) => interruptions)),
      held: delivery.held,
      nowMs: Date.now(),
      random: Math.random(),
      delayScale: this.options.env.delayScale,
    };
    const [decision, hold] = [decide(outcome, situation), holdMs(outcome, situation)];
    return { delivery, startedAtMs, outcome, decision, holdMs: hold, request };
  }

  /** Never rejects. */
  async #settleAll(finished: Finished[]): Promise<void[]> {
    for (const some of byRows(finished)) await this.#settleSome(some);
    return [];
  }

  async #settleSome(finished: readonly Finished[]): Promise<void> {
    const { concurrency, onFree } = this.options;
    const states = await this.#settle(finished.map(({ record }) => record));
    let free = false;
    for (const [index, { record, onSettled }] of finished.entries()) {
      if (record.holdMs !== null) concurrency.holdStored(record.delivery.webhookId);
      if (concurrency.settled()) free = true;
      onSettled?.(states[index]!);
    }
    if (free) onFree();
  }

  /** Retries while the database is unavailable: results wait here, bounded by the total limit. */
  async #settle(records: AttemptRecord[]): Promise<Settled[]> {
    const { queue, counts } = this.options;
    for (let errors = 0; ; errors++) {
      try {
        const rows = await counts.timed('settle', () => queue.settle(records));
        await this.#afterSettle(records, rows);
        return rows.map(({ state }) =>
          state === 'delivered' || state === 'retrying' || state === 'failed' ? state : 'other',
        );
      } catch (error) {
        if (!isDatabaseUnavailable(error)) return this.#settleOneByOne(records, error);
        if (errors === 0) this.#log.warn(`results are waiting for the database: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(BACKOFF_MAX_MS, 50 * 2 ** Math.min(errors, 10))));
      }
    }
  }

  /** A result that cannot be stored must not fail its neighbours; its lease expires and it is sent again. */
  async #settleOneByOne(records: AttemptRecord[], error: unknown): Promise<Settled[]> {
    if (records.length > 1) return (await Promise.all(records.map((record) => this.#settle([record])))).flat();
    this.#log.error(`the result of delivery ${records[0]!.delivery.deliveryId} could not be stored: ${String(error)}`);
    return ['other'];
  }

  /** What follows from stored results: next turns, counts, log lines, the health of webhooks, and live views. */
  async #afterSettle(records: readonly AttemptRecord[], rows: readonly SettleRow[]): Promise<void> {
    const { changes, counts, health } = this.options;
    if (records.some(({ delivery }) => delivery.turn !== null)) await this.#endTurns(records, rows);
    counts.settled(records, rows);
    for (const [index, record] of records.entries()) {
      if (record.outcome.kind === 'failed' || this.#attempts.logsSuccesses) this.#attempts.log(record, rows[index]!);
    }
    // Most webhooks never fail: nothing to judge.
    if (rows.some((row) => row.switched_off || row.failures_in_a_row)) await health.update(records, rows);
    for (const { delivery } of records) {
      changes.delivery(delivery.agencyId, delivery.deliveryId);
      for (const { deliveryId } of delivery.group?.members ?? NONE) changes.delivery(delivery.agencyId, deliveryId);
      changes.webhook(delivery.agencyId, delivery.webhookId);
    }
  }

  /** If this fails, turns end with their leases. A fenced result has none: another process has its delivery. */
  async #endTurns(records: readonly AttemptRecord[], rows: readonly SettleRow[]): Promise<void> {
    const { queue, turns } = this.options;
    const paced = records.flatMap(({ delivery }, index) =>
      delivery.turn !== null && rows[index]!.state !== 'fenced' ? [delivery] : [],
    );
    if (paced.length === 0) return;
    for (const next of await queue.endTurns(paced).catch(() => [])) turns.due(next);
  }

  /** Checks the lines while anything waits in them. */
  #watchLines(): void {
    this.#linesCheck ??= setTimeout(() => {
      void this.#checkLines().finally(() => {
        this.#linesCheck = undefined;
        if (!this.#lines.isEmpty && !this.#stopped) this.#watchLines();
      });
    }, CHECK_LINES_MS);
  }

  /** Releases what has waited too long, and the lines of webhooks that were paused, changed, off or deleted. */
  async #checkLines(): Promise<void> {
    const { queue, drops } = this.options;
    void this.release(this.#lines.overdue());
    // While the database is unavailable, nothing changes.
    const outdated = await queue.outdated(this.#lines.heads()).catch(() => []);
    for (const webhook of outdated) {
      await this.release(this.#lines.clear(webhook.webhookId));
      // When the webhook was switched off, these deliveries were leased and could not be dropped.
      drops.later(webhook);
    }
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
