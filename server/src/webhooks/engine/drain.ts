import type { ClaimedDelivery, Slots } from './queue/claimed-delivery.js';
import type { Claim } from './queue/delivery-queue.js';
import type { Concurrency } from './concurrency.js';

/*
 * One call of an external scheduler: claims deliveries, probes and turns, and sends them until nothing is due. It
 * returns within its budget and starts nothing that cannot finish by then. What it sends counts towards the limits of
 * the process. Called by the dispatcher.
 */

export interface Drained {
  claimed: number;
  delivered: number;
  retrying: number;
  failed: number;
}

/**
 * State of the delivery after the attempt; `other`: it ended otherwise, or the result was late or could not be stored.
 */
export type Settled = 'delivered' | 'retrying' | 'failed' | 'other';

export interface DrainSteps {
  concurrency: Concurrency;
  claim(slots: Slots): Promise<Claim>;
  claimProbes(): Promise<ClaimedDelivery[]>;
  /** Of webhooks whose requests take turns. */
  takeTurns(slots: Slots): Promise<ClaimedDelivery[]>;
  /** In how many ms the next of them may send; null: none of them has anything to send. */
  nextTurnMs(): Promise<number | null>;
  /** Sends and settles a delivery that is counted in `concurrency`. */
  send(delivery: ClaimedDelivery): Promise<Settled>;
  /** Releases what was counted but not sent. */
  release(deliveries: readonly ClaimedDelivery[]): void;
  stopped(): boolean;
  /** Maximum duration of an attempt including storing its result. */
  longestMs: number;
}

const PROBE_EVERY_MS = 200;
const LEAST_WAIT_MS = 20;
/** For which it starts attempts in any case; those may then continue after the response. */
const LEAST_START_MS = 1_000;

export class Drain {
  readonly #drained: Drained = { claimed: 0, delivered: 0, retrying: 0, failed: 0 };
  readonly #running = new Set<Promise<void>>();
  #ended = 0;
  #lastProbeMs = 0;
  #nextTurnAtMs = Infinity;

  constructor(private readonly steps: DrainSteps) {}

  /**
   * Rejects when the database is unavailable. What still waits for the database at the end of the budget is not
   * counted, and continues.
   */
  async run(budgetMs: number): Promise<Drained> {
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number) => new Promise<void>((resolve) => timers.push(setTimeout(resolve, Math.max(0, ms))));
    const lastStartMs = Math.max(LEAST_START_MS, budgetMs - this.steps.longestMs);
    const rounds = this.#rounds(Date.now() + lastStartMs, after(lastStartMs), after);
    // After the budget the caller no longer waits for this promise.
    rounds.catch(() => undefined);
    try {
      await Promise.race([rounds, after(budgetMs)]);
      return { ...this.#drained };
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  async #rounds(lastStartAtMs: number, lastStart: Promise<void>, after: (ms: number) => Promise<void>): Promise<void> {
    while (Date.now() < lastStartAtMs && !this.steps.stopped()) {
      const ended = this.#ended;
      const taken = await this.#take();
      // A claim may take longer than that.
      if (Date.now() >= lastStartAtMs || this.steps.stopped()) {
        this.steps.release(taken);
        break;
      }
      for (const delivery of taken) this.#send(delivery);
      // Attempts that ended during the claim freed slots that the claim did not see.
      const nothingDue = taken.length === 0 && this.#ended === ended;
      const turn = nothingDue ? await this.#nextTurn(lastStartAtMs, after) : [];
      if (nothingDue && this.#ended !== ended) continue;
      if (nothingDue && this.#running.size === 0 && turn.length === 0) break;
      // A hanging request blocks no other: the next claim runs as soon as any attempt has ended.
      if (nothingDue || (!this.steps.concurrency.hasFreeSlot && this.#running.size > 0))
        await Promise.race([...this.#running, ...turn, lastStart]);
    }
    await Promise.all(this.#running);
  }

  /** Resolves when the next turn comes; none if that is not in time. */
  async #nextTurn(lastStartAtMs: number, after: (ms: number) => Promise<void>): Promise<Promise<void>[]> {
    const inMs = await this.steps.nextTurnMs().catch(() => null);
    // A turn that is due was locked, or had no slot: look again soon.
    const waitMs = inMs === null ? Infinity : Math.max(inMs, LEAST_WAIT_MS);
    this.#nextTurnAtMs = Date.now() + waitMs;
    return this.#nextTurnAtMs < lastStartAtMs ? [after(waitMs)] : [];
  }

  /** Claims as many as there are free slots. */
  async #take(): Promise<ClaimedDelivery[]> {
    const { steps } = this;
    const reservation = await steps.concurrency.reserve('drain');
    const taken: ClaimedDelivery[] = [];
    try {
      if (reservation.slots.free > 0) {
        const { deliveries, more } = await steps.claim(reservation.slots);
        taken.push(...deliveries);
        steps.concurrency.setBacklog(more);
      }
      // What was claimed is sent in any case; the next claim reports an unavailable database.
      const probesAreDue = this.#probesAreDue();
      if (probesAreDue) taken.push(...(await steps.claimProbes().catch(() => [])));
      const slots = without(reservation.slots, taken);
      if ((probesAreDue || Date.now() >= this.#nextTurnAtMs) && slots.free > 0) {
        taken.push(...(await steps.takeTurns(slots).catch(() => [])));
      }
    } finally {
      reservation.release(taken);
    }
    return taken;
  }

  #probesAreDue(): boolean {
    if (Date.now() - this.#lastProbeMs < PROBE_EVERY_MS) return false;
    this.#lastProbeMs = Date.now();
    return true;
  }

  #send(delivery: ClaimedDelivery): void {
    this.#drained.claimed++;
    const sent: Promise<void> = this.steps
      .send(delivery)
      .then((state) => void (state !== 'other' && this.#drained[state]++))
      .catch(() => undefined)
      .finally(() => {
        this.#ended++;
        this.#running.delete(sent);
      });
    this.#running.add(sent);
  }
}

/** What is left of the slots; paced webhooks have none of those that a claim took. */
function without(slots: Slots, taken: readonly ClaimedDelivery[]): Slots {
  const agencies = new Map(slots.agencies);
  for (const { agencyId } of taken) agencies.set(agencyId, (agencies.get(agencyId) ?? slots.perAgency) - 1);
  return { ...slots, free: slots.free - taken.length, agencies };
}
