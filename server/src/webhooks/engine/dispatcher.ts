import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { withTimeout } from '../../lib/with-timeout.js';
import { longestAttemptMs, longestToolAttemptMs } from './attempt-time.js';
import { AttemptRunner } from './attempt-runner.js';
import { Changes } from './changes.js';
import { Concurrency } from './concurrency.js';
import { Drain, type Drained } from './drain.js';
import { EngineCounts } from './engine-counts.js';
import { HealthTransitions } from './health-transitions.js';
import type { ClaimedDelivery, Slots } from './queue/claimed-delivery.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { PendingDrops } from './queue/pending-drops.js';
import { Sender } from './send/sender.js';
import { Turns, type TurnsAhead } from './turns.js';

/*
 * Claims what is due, deliveries, probes and turns, and starts it: the loop of a process that delivers. Woken when
 * something becomes due or slots become free; otherwise it polls. The attempts themselves are the AttemptRunner's,
 * which intake starts directly with what it claimed while storing. Run by the engine lifecycle if ROLE allows it.
 */

const IDLE_MS = 250;
/**
 * While nothing is pending, only intake makes work, here or in a process that notifies this one; the retry scheduler
 * looks every second.
 */
const EMPTY_MS = 10_000;
// Short compared to the lease: a result that waits longer than that is sent again by another process.
const BACKOFF_MAX_MS = 500;
const NOTIFY_EVERY_MS = 50;
const PROBE_EVERY_MS = 200;
const MAX_PROBES = 50;
const MAX_TURNS = 100;
const NOTHING_AHEAD: TurnsAhead = { next: [], blocked: [] };
/** How long after its lease a request of a killed process may wait, at most; less for a short lease. */
const LOST_EVERY_MS = 5_000;

@Injectable()
export class Dispatcher {
  readonly concurrency: Concurrency;
  /**
   * Counts everything that is sent. Same object as `concurrency`, except in a process that sends only for an external
   * scheduler.
   */
  readonly #sending: Concurrency;
  readonly turns = new Turns({ take: (ids) => this.#takeTurns(ids), report: (error) => this.#report(error) });
  readonly attempts: AttemptRunner;
  readonly #log = new Logger('Dispatcher');
  /** Marks its own notifications. */
  readonly #id = randomUUID();
  #running = false;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #nudged = false;
  /** Whether nothing was pending when the loop last looked. */
  #empty = false;
  #lastNotifyMs = 0;
  #lastProbeMs = 0;
  #lastLostMs = 0;
  #lastError: string | null = null;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly sender: Sender,
    health: HealthTransitions,
    changes: Changes,
    private readonly counts: EngineCounts,
    private readonly database: ServiceDatabase,
    drops: PendingDrops,
    @Inject(ENV) private readonly env: Env,
  ) {
    const claims = env.role !== 'api';
    // A process that does not deliver must not claim at intake either.
    const { maxInFlight: total, maxInFlightPerWebhook: perWebhook, maxInFlightPerAgency: perAgency, leaseMs } = env;
    this.concurrency = new Concurrency({ total: claims ? total : 0, perWebhook, perAgency, leaseMs });
    this.#sending = claims ? this.concurrency : new Concurrency({ total, perWebhook, perAgency, leaseMs });
    this.attempts = new AttemptRunner({
      ...{ queue, sender, health, changes, counts, drops, turns: this.turns, concurrency: this.#sending, env },
      onFree: () => this.nudge(),
    });
  }

  /** Last error of the loop, or null; reported by readiness. */
  get trouble(): string | null {
    return this.#lastError;
  }

  /** Deliveries being sent or whose result is not stored yet. */
  get inFlight(): number {
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
   * of tools may take, if any of those is in flight.
   */
  async stop(graceMs = longestAttemptMs(this.env)): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    this.concurrency.close();
    this.#sending.close();
    this.#wake();
    const released = this.attempts.stop();
    await Promise.all([this.#loop, this.turns.stop()]);
    const ended = Promise.all([this.#sending.empty(), released]).then(() => undefined);
    await withTimeout(ended, graceMs, undefined);
    if (this.sender.longInFlight > 0) await withTimeout(ended, longestToolAttemptMs(this.env) - graceMs, undefined);
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

  /** A notification has arrived. One of this process is ignored. */
  notified(sender: string): void {
    if (sender !== this.#id) this.nudge();
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
      send: (delivery) => this.attempts.run(delivery),
      release: (deliveries) => void this.attempts.release(deliveries),
      stopped: () => this.#stopped,
      longestMs: longestAttemptMs(this.env),
    });
    return drain.run(budgetMs);
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
    // Mostly nothing is pending, which this finds out in a tenth of the time of a claim.
    this.#empty = !nudged && lost === 0 && !(await this.queue.hasPending());
    if (this.#empty) return EMPTY_MS;
    const claimed = await this.#claimInto(async (slots) => {
      // Intake may have taken the last slots meanwhile.
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
    const reservation = await this.concurrency.reserve('queue');
    let deliveries: ClaimedDelivery[] = [];
    try {
      deliveries = await claim(reservation.slots);
    } finally {
      reservation.release(deliveries);
    }
    this.attempts.startAll(deliveries);
    return deliveries.length;
  }

  /** Leaves an eighth of the slots to other webhooks, because tools that hang keep theirs for long. */
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
    // A look that took turns may leave slots unused, or a request may have ended meanwhile: look again.
    const again = count > 0 ? ahead.blocked.filter(({ agencyId }) => this.concurrency.hasFreeSlotFor(agencyId)) : [];
    return {
      next: [...ahead.next, ...again.map(({ webhookId }) => ({ webhookId, inMs: 0 }))],
      blocked: ahead.blocked.filter((one) => !again.includes(one)),
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
}
