import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord, SentAttempt } from './queue/attempt-record.js';
import { AttemptLog, Results, type Finished } from './results.js';
import { longestAttemptMs, longestToolAttemptMs } from './attempt-time.js';
import { Changes } from './changes.js';
import { type ClaimedDelivery, membersOf, type Slots } from './queue/claimed-delivery.js';
import { Drain, type Drained, type Settled } from './drain.js';
import { EngineCounts } from './engine-counts.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { HealthTransitions } from './health-transitions.js';
import { Lines, plannedWaitMs } from './lines.js';
import { Concurrency } from './concurrency.js';
import { PendingDrops } from './queue/pending-drops.js';
import { decide, holdMs, type Decision } from './send/retry-policy.js';
import { Sender } from './send/sender.js';
import { Turns, type TurnsAhead } from './turns.js';

/*
 * The loop: claim → send → settle (results.ts). Invariant: everything claimed by this process is settled by it or its
 * lease expires.
 * What was claimed ahead waits in the lines of its webhook, and is released when it waits too long or may not be sent.
 * Started by the engine lifecycle if ROLE allows it; intake passes on what it claimed while storing; nudged when
 * something becomes due.
 */

const IDLE_MS = 250;
/**
 * While nothing is pending, only intake makes work, here or in a process that notifies this one; the retry scheduler
 * looks every second.
 */
const EMPTY_MS = 10_000;
// Short compared to the lease: a result that waits longer than that is sent again by another process.
const BACKOFF_MAX_MS = 500;
/** About a millisecond of signing and sending. */
const STARTS_A_TURN = 20;
const NOTIFY_EVERY_MS = 50;
const PROBE_EVERY_MS = 200;
const MAX_PROBES = 50;
const MAX_TURNS = 100;
const NOTHING_AHEAD: TurnsAhead = { next: [], leftOut: [] };
/** How long a request of a killed process may wait after its lease, at most; less for a short lease. */
const LOST_EVERY_MS = 5_000;
/** How long after a change of its webhook a delivery that was claimed ahead may still start. */
const CHECK_LINES_MS = 100;
const DELIVERED: Decision = { kind: 'delivered' };

@Injectable()
export class Dispatcher {
  readonly concurrency: Concurrency;
  /**
   * Counts everything that is sent. Same object as `concurrency`, except in a process that sends only for an external
   * scheduler.
   */
  readonly #sending: Concurrency;
  readonly #lines: Lines;
  readonly turns = new Turns({ take: (ids) => this.#takeTurns(ids), report: (error) => this.#report(error) });
  readonly #log = new Logger('Dispatcher');
  readonly #results: Results;
  /** Signs its notifications. */
  readonly #id = randomUUID();
  #running = false;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #nudged = false;
  /** Nothing was pending at the last look. */
  #empty = false;
  #lastNotifyMs = 0;
  #lastProbeMs = 0;
  #lastLostMs = 0;
  #lastError: string | null = null;
  #linesCheck: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly sender: Sender,
    health: HealthTransitions,
    changes: Changes,
    private readonly counts: EngineCounts,
    private readonly database: ServiceDatabase,
    private readonly drops: PendingDrops,
    @Inject(ENV) private readonly env: Env,
  ) {
    const claims = env.role !== 'api';
    // A process that does not deliver must not claim at intake either.
    const { maxInFlight: total, maxInFlightPerWebhook: perWebhook, maxInFlightPerAgency: perAgency, leaseMs } = env;
    this.concurrency = new Concurrency({ total: claims ? total : 0, perWebhook, perAgency, leaseMs });
    this.#sending = claims ? this.concurrency : new Concurrency({ total, perWebhook, perAgency, leaseMs });
    this.#lines = new Lines({ perWebhook, waitMs: plannedWaitMs(leaseMs) });
    this.#results = new Results({
      ...{ queue, health, changes, counts, turns: this.turns, concurrency: this.#sending, lines: this.#lines },
      attempts: new AttemptLog(env.logLevel),
      free: () => this.nudge(),
    });
  }

  /** Last error of the loop, or null; reported by readiness. */
  get trouble(): string | null {
    return this.#lastError;
  }

  /** Deliveries being sent or whose result is not stored yet. */
  get underWay(): number {
    return this.#sending.total;
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#claimLoop();
    this.turns.run();
  }

  /**
   * Stops claiming, and waits at most `graceMs` until what is in flight has finished and is stored; as long as attempts
   * of tools may take, if any of those is under way.
   */
  async stop(graceMs = longestAttemptMs(this.env)): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    this.concurrency.close();
    this.#sending.close();
    this.#wake();
    const released = this.#release(this.#lines.clear());
    await Promise.all([this.#loop, this.turns.stop()]);
    const ended = Promise.all([this.#sending.empty(), released]);
    await within(graceMs, ended);
    if (this.sender.longUnderWay > 0) await within(longestToolAttemptMs(this.env) - graceMs, ended);
    clearTimeout(this.#linesCheck);
  }

  /** Something may be due: claim now instead of at the next poll. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /** Looks now whether anything is due, instead of at the next poll. */
  poll(): void {
    this.#wake();
  }

  /** Like `nudge` for every process. */
  nudgeEverywhere(): void {
    this.nudge();
    this.nudgeOthers();
  }

  /** The other processes, at most every 50 ms. Notifications are hints: polling finds the work anyway. */
  nudgeOthers(): void {
    const now = Date.now();
    if (now - this.#lastNotifyMs < NOTIFY_EVERY_MS) return;
    this.#lastNotifyMs = now;
    this.database.query(`select pg_notify('bpoc_due', $1)`, [this.#id]).catch(() => undefined);
  }

  /** A notification has arrived. Its own says nothing new. */
  notified(sender: string): void {
    if (sender !== this.#id) this.nudge();
  }

  /**
   * Sends and settles a delivery that is counted in `concurrency`, once its webhook has a slot for it. Never rejects.
   */
  start(delivery: ClaimedDelivery): void {
    if (this.#stopped || !this.#sending.mayStart(delivery)) void this.#release([delivery]);
    else if (this.#lines.enter(delivery)) this.#send(delivery);
    else this.#watchLines();
  }

  /** Spread over turns of the event loop, so that the next statement does not wait until all are signed and sent. */
  startAll(deliveries: readonly ClaimedDelivery[]): void {
    for (const delivery of deliveries.slice(0, STARTS_A_TURN)) this.start(delivery);
    if (deliveries.length > STARTS_A_TURN) setImmediate(() => this.startAll(deliveries.slice(STARTS_A_TURN)));
  }

  /**
   * Claims and sends until nothing is due, within `budgetMs`; for an external scheduler, in every role. Rejects when
   * the database is unavailable.
   */
  async drainOnce(budgetMs: number): Promise<Drained> {
    await this.queue.requeueLost();
    const drain = new Drain({
      concurrency: this.#sending,
      claim: (slots) => this.counts.timed('claim', () => this.queue.claim(slots)),
      claimProbes: () => this.queue.claimProbes(MAX_PROBES),
      takeTurns: async (slots) => (await this.queue.takeTurns(slots, null, MAX_TURNS)).deliveries,
      nextTurnMs: () => this.queue.nextTurnMs(),
      send: (delivery) => {
        this.#lines.started(delivery);
        return new Promise((resolve) => this.#send(delivery, resolve));
      },
      release: (deliveries) => void this.#release(deliveries),
      stopped: () => this.#stopped,
      longestMs: longestAttemptMs(this.env),
    });
    return drain.run(budgetMs);
  }

  /** Claimed and counted, but not sent. Resolves when the leases are released or have expired. */
  async #release(deliveries: readonly ClaimedDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.#sending.forget(delivery);
    await this.queue.releaseInBackground(deliveries);
  }

  /** While anything waits in a line. */
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
    void this.#release(this.#lines.overdue());
    // While the database is unavailable nothing can be known, and nothing changed.
    const outdated = await this.queue.outdated(this.#lines.heads()).catch(() => []);
    for (const webhook of outdated) {
      await this.#release(this.#lines.clear(webhook.webhookId));
      // What was held here was not there to be dropped when it was switched off.
      this.drops.later(webhook);
    }
  }

  async #claimLoop(): Promise<void> {
    let errors = 0;
    while (this.#running) {
      try {
        const idleMs = await this.#claimOnce();
        errors = 0;
        this.#lastError = null;
        if (idleMs > 0) await this.#idle(idleMs * (0.5 + Math.random()));
      } catch (error) {
        errors++;
        this.#report(error);
        await this.#idle(Math.min(BACKOFF_MAX_MS, 50 * 2 ** Math.min(errors, 10)));
      }
    }
  }

  #report(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    if (this.#lastError === null) this.#log.warn(`claiming failed, retrying: ${words}`);
    this.#lastError = words;
  }

  /** Returns after how many milliseconds it is worth claiming again, unless something happens before. */
  async #claimOnce(): Promise<number> {
    const nudged = this.#nudged;
    this.#nudged = false;
    if (!this.concurrency.hasFreeSlot) return IDLE_MS;
    const lost = this.#lostAreDue() ? await this.queue.requeueLost() : 0;
    // Mostly there is nothing, and to see that the claim takes ten times as long.
    this.#empty = !nudged && lost === 0 && !(await this.queue.hasPending());
    if (this.#empty) return EMPTY_MS;
    const claimed = await this.#claimInto(async (slots) => {
      // Intake may have taken the last slots while this waited for its turn.
      if (slots.free === 0) return [];
      const { deliveries, more } = await this.counts.timed('claim', () => this.queue.claim(slots));
      this.concurrency.setBacklog(more);
      return deliveries;
    });
    // Few and rare, and a paused webhook has nothing else in flight: probes may exceed the limit slightly.
    if (this.#probesAreDue()) await this.#claimInto(() => this.queue.claimProbes(MAX_PROBES));
    return claimed > 0 && this.concurrency.canClaimMore ? 0 : IDLE_MS;
  }

  /** Counts and starts what `claim` returns. Returns how many. */
  async #claimInto(claim: (slots: Slots) => Promise<ClaimedDelivery[]>): Promise<number> {
    const reservation = await this.concurrency.reserve({ pastBacklog: true });
    let deliveries: ClaimedDelivery[] = [];
    try {
      deliveries = await claim(reservation.slots);
    } finally {
      reservation.release(deliveries);
    }
    this.startAll(deliveries);
    return deliveries.length;
  }

  /** One eighth of the slots stays free of them: those of tools that hang stay busy for long. */
  async #takeTurns(webhookIds: readonly string[] | null): Promise<TurnsAhead> {
    if (webhookIds === null && this.#empty) return NOTHING_AHEAD;
    let ahead = NOTHING_AHEAD;
    const count = await this.#claimInto(async (slots) => {
      const most = Math.min(MAX_TURNS, slots.free - Math.floor(slots.total / 8));
      if (most <= 0) return [];
      const { deliveries, ...others } = await this.queue.takeTurns(slots, webhookIds, most);
      ahead = others;
      return deliveries;
    });
    // Each look that took something may leave room that it could not give away, or an answer came meanwhile.
    const again = count > 0 ? ahead.leftOut.filter(({ agencyId }) => this.concurrency.hasRoom(agencyId)) : [];
    return {
      next: [...ahead.next, ...again.map(({ webhookId }) => ({ webhookId, inMs: 0 }))],
      leftOut: ahead.leftOut.filter((one) => !again.includes(one)),
    };
  }

  #probesAreDue(): boolean {
    const due = Date.now() - this.#lastProbeMs >= PROBE_EVERY_MS;
    if (due) this.#lastProbeMs = Date.now();
    return due;
  }

  #lostAreDue(): boolean {
    const due = Date.now() - this.#lastLostMs >= Math.min(LOST_EVERY_MS, this.env.leaseMs / 10);
    if (due) this.#lastLostMs = Date.now();
    return due;
  }

  /** Sleeps until nudged, at most `ms`. */
  async #idle(ms: number): Promise<void> {
    if (this.#nudged || !this.#running) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  /** The request is counted in the lines. The sender never rejects. */
  #send(delivery: ClaimedDelivery, onSettled?: (settled: Settled) => void): void {
    void this.sender
      .send(delivery)
      .then((sent) => this.#ended(delivery, sent, onSettled))
      .catch((error: unknown) => this.#log.error(error));
  }

  #ended(delivery: ClaimedDelivery, sent: SentAttempt, onSettled: Finished['onSettled']): void {
    const record = this.#record(delivery, sent);
    const { webhookId } = delivery;
    const succeeded = record.outcome.kind === 'succeeded';
    if (record.holdMs !== null) {
      this.#sending.hold(webhookId);
      void this.#release(this.#lines.clear(webhookId));
    } else if (succeeded) this.#sending.succeeded(webhookId, record.startedAtMs);
    const next = this.#lines.ended(delivery);
    // A slot is free: the next delivery of a backlog may start before this result is stored.
    if (this.#sending.answered(delivery, succeeded)) this.nudge();
    this.turns.freed(delivery.agencyId);
    this.#results.add({ record, onSettled });
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
      delayScale: this.env.delayScale,
    };
    const [decision, hold] = [decide(outcome, situation), holdMs(outcome, situation)];
    return { delivery, startedAtMs, outcome, decision, holdMs: hold, request };
  }
}

/** Waits at most that long. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
