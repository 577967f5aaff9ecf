import { Inject, Injectable, Logger } from '@nestjs/common';
import { ENV, type Env } from '../../config/env.js';
import { ServiceDatabase } from '../../database/service-database.js';
import type { AttemptRecord } from './queue/attempt-record.js';
import { longestAttemptMs } from './attempt-time.js';
import { Batcher } from './batcher.js';
import { Changes } from './changes.js';
import type { ClaimedDelivery, Room } from './queue/claimed-delivery.js';
import { isDatabaseAway } from './database-faults.js';
import { Drain, type Drained, type Settled } from './drain.js';
import { EngineCounts } from './engine-counts.js';
import { DeliveryQueue } from './queue/delivery-queue.js';
import { HealthTransitions } from './health-transitions.js';
import { InFlight } from './concurrency.js';
import { decide } from './send/retry-policy.js';
import { Sender } from './send/sender.js';

/*
 * The loop: claim → send → settle. Invariant: everything claimed by this process is either settled by it or its lease runs out. Started by
 * the engine's life cycle where ROLE says so; intake hands it what it claimed on the way; nudged by whoever made work due.
 */

const IDLE_MS = 250;
// Short against the lease: a result that waits beyond it is sent again by somebody else.
const BACKOFF_MAX_MS = 500;
const SETTLE_BATCH = 200;
/** About a millisecond of signing and sending. */
const STARTS_A_TURN = 20;
const NOTIFY_EVERY_MS = 50;
const PROBE_EVERY_MS = 200;
const MAX_PROBES = 50;

@Injectable()
export class Dispatcher {
  readonly inFlight: InFlight;
  /** Where everything that is sent is counted: the same, but for a process that only an external scheduler makes send. */
  readonly #slots: InFlight;
  readonly #log = new Logger('Dispatcher');
  readonly #settles: Batcher<AttemptRecord, Settled>;
  #running = false;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #nudged = false;
  #lastNotifyMs = 0;
  #lastProbeMs = 0;
  #lastError: string | null = null;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly sender: Sender,
    private readonly health: HealthTransitions,
    private readonly changes: Changes,
    private readonly counts: EngineCounts,
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
  ) {
    const claims = env.role !== 'api';
    // Where nobody delivers, intake must not claim either.
    const { maxInFlight: total, maxInFlightPerWebhook: perWebhook, maxInFlightPerAgency: perAgency } = env;
    this.inFlight = new InFlight({ total: claims ? total : 0, perWebhook, perAgency });
    this.#slots = claims ? this.inFlight : new InFlight({ total, perWebhook, perAgency });
    this.#settles = new Batcher({ run: (records) => this.#settle(records), maxItems: SETTLE_BATCH, concurrency: 1 });
  }

  /** Why the loop is in trouble, or null: what readiness reports. */
  get trouble(): string | null {
    return this.#lastError;
  }

  /** Deliveries that are being sent, or whose result is not written down yet. */
  get underWay(): number {
    return this.#slots.total;
  }

  /** Begins claiming. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#claimForEver();
  }

  /** Stops claiming, lets what is under way finish (at most `graceMs`) and writes it down. */
  async stop(graceMs = longestAttemptMs(this.env)): Promise<void> {
    this.#running = false;
    this.#stopped = true;
    this.inFlight.close();
    this.#slots.close();
    this.#wake();
    await this.#loop;
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([this.#slots.empty(), grace]);
    clearTimeout(timer);
  }

  /** Something may be due: look now instead of at the next poll. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /** The same for every process, at most every 50 ms: a notification is a hint, polling finds the work anyway. */
  nudgeEverywhere(): void {
    this.nudge();
    const now = Date.now();
    if (now - this.#lastNotifyMs < NOTIFY_EVERY_MS) return;
    this.#lastNotifyMs = now;
    this.database.query(`select pg_notify('bpoc_due', '')`).catch(() => undefined);
  }

  /** Sends a claimed delivery that was counted in `inFlight`, and settles it. Never rejects. */
  start(delivery: ClaimedDelivery): void {
    if (this.#stopped) this.#giveBack([delivery]);
    else void this.#sendAndSettle(delivery).catch((error: unknown) => this.#log.error(error));
  }

  /** The same for many: some in each turn of the event loop, so that the next statement need not wait until all are signed and sent. */
  startAll(deliveries: readonly ClaimedDelivery[]): void {
    for (const delivery of deliveries.slice(0, STARTS_A_TURN)) this.start(delivery);
    if (deliveries.length > STARTS_A_TURN) setImmediate(() => this.startAll(deliveries.slice(STARTS_A_TURN)));
  }

  /** Claims and sends until nothing is due, within `budgetMs`; for an external scheduler, in every role. Rejects when the database is away. */
  drainOnce(budgetMs: number): Promise<Drained> {
    const drain = new Drain({
      slots: this.#slots,
      claim: (room) => this.counts.timed('claim', () => this.queue.claim(room)),
      claimProbes: () => this.queue.claimProbes(MAX_PROBES),
      send: (delivery) => this.#sendAndSettle(delivery),
      giveBack: (deliveries) => this.#giveBack(deliveries),
      stopped: () => this.#stopped,
      longestMs: longestAttemptMs(this.env),
    });
    return drain.run(budgetMs);
  }

  /** What was claimed and counted and is not sent after all. */
  #giveBack(deliveries: readonly ClaimedDelivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.#slots.forget(delivery);
    this.queue.giveBack(deliveries);
  }

  async #claimForEver(): Promise<void> {
    let errors = 0;
    while (this.#running) {
      try {
        const more = await this.#claimOnce();
        errors = 0;
        this.#lastError = null;
        if (!more) await this.#idle(IDLE_MS * (0.5 + Math.random()));
      } catch (error) {
        errors++;
        this.#lastError = error instanceof Error ? error.message : String(error);
        if (errors === 1) this.#log.warn(`claiming failed, trying on: ${this.#lastError}`);
        await this.#idle(Math.min(BACKOFF_MAX_MS, 50 * 2 ** Math.min(errors, 10)));
      }
    }
  }

  /** Claims once; true when it is worth claiming again at once. */
  async #claimOnce(): Promise<boolean> {
    this.#nudged = false;
    if (!this.inFlight.hasRoom) return false;
    const claimed = await this.#claimInto(async (room) => {
      // Intake may have taken the last places while this waited for its turn.
      if (room.free === 0) return [];
      const { deliveries, more } = await this.counts.timed('claim', () => this.queue.claim(room));
      this.inFlight.setBacklog(more);
      return deliveries;
    });
    // Few and rare, and a paused webhook has nothing else under way: probes may pass the limit by a little.
    if (this.#probesAreDue()) await this.#claimInto(() => this.queue.claimProbes(MAX_PROBES));
    return claimed > 0 && this.inFlight.canGoOn;
  }

  /** Counts and starts what `claim` takes, or nothing when it fails. Answers how many. */
  async #claimInto(claim: (room: Room) => Promise<ClaimedDelivery[]>): Promise<number> {
    const reservation = await this.inFlight.reserve({ pastBacklog: true });
    let deliveries: ClaimedDelivery[] = [];
    try {
      deliveries = await claim(reservation.room);
    } finally {
      reservation.release(deliveries);
    }
    this.startAll(deliveries);
    return deliveries.length;
  }

  #probesAreDue(): boolean {
    const due = Date.now() - this.#lastProbeMs >= PROBE_EVERY_MS;
    if (due) this.#lastProbeMs = Date.now();
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

  async #sendAndSettle(delivery: ClaimedDelivery): Promise<Settled> {
    const record = await this.#send(delivery);
    // Room came free: the next ones of a backlog may start, without waiting for this result to be written down.
    if (this.#slots.answered(delivery)) this.nudge();
    try {
      return await this.#settles.add(record);
    } finally {
      if (this.#slots.settled()) this.nudge();
    }
  }

  /** One attempt and what follows from it. Never rejects, because the sender does not. */
  async #send(delivery: ClaimedDelivery): Promise<AttemptRecord> {
    const { startedAtMs, outcome, requestHeaders, config } = await this.sender.send(delivery);
    const decision = decide(outcome, {
      plan: config?.retryPlan ?? 'standard',
      failures: delivery.failures,
      interruptions: delivery.interruptions,
      nowMs: Date.now(),
      random: Math.random(),
      delayScale: this.env.delayScale,
    });
    return { delivery, startedAtMs, outcome, decision, requestHeaders: JSON.stringify(requestHeaders) };
  }

  /** Keeps trying while the database is away: results wait here, bounded by what may be under way. */
  async #settle(records: AttemptRecord[]): Promise<Settled[]> {
    for (let errors = 0; ; errors++) {
      try {
        const rows = await this.counts.timed('settle', () => this.queue.settle(records));
        this.counts.settled(records, rows);
        await this.health.follow(records, rows);
        this.#tell(records);
        return rows.map(({ state }) =>
          state === 'delivered' || state === 'retrying' || state === 'failed' ? state : 'other',
        );
      } catch (error) {
        if (!isDatabaseAway(error)) return this.#settleOneByOne(records, error);
        if (errors === 0) this.#log.warn(`results wait for the database: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(BACKOFF_MAX_MS, 50 * 2 ** Math.min(errors, 10))));
      }
    }
  }

  #tell(records: readonly AttemptRecord[]): void {
    for (const { delivery } of records) {
      this.changes.delivery(delivery.agencyId, delivery.deliveryId);
      this.changes.webhook(delivery.agencyId, delivery.webhookId);
    }
  }

  /** One result that cannot be stored must not take its neighbours with it; its lease runs out and it is tried again. */
  async #settleOneByOne(records: AttemptRecord[], error: unknown): Promise<Settled[]> {
    if (records.length > 1) return (await Promise.all(records.map((record) => this.#settle([record])))).flat();
    this.#log.error(`the result of delivery ${records[0]!.delivery.deliveryId} could not be stored: ${String(error)}`);
    return ['other'];
  }
}
