import type { ClaimedDelivery, Room } from './queue/claimed-delivery.js';
import type { Claim } from './queue/delivery-queue.js';
import type { InFlight } from './concurrency.js';

/*
 * One call of an external scheduler: claims, probes included, and sends until nothing is due. Invariant: it answers within its budget and
 * begins nothing that cannot end by then; what it sends is counted like everything else that this process sends. Called by the dispatcher.
 */

export interface Drained {
  claimed: number;
  delivered: number;
  retrying: number;
  failed: number;
}

/** What became of a delivery; `other`: it ended otherwise, or the result was late or could not be stored. */
export type Settled = 'delivered' | 'retrying' | 'failed' | 'other';

export interface DrainSteps {
  slots: InFlight;
  claim(room: Room): Promise<Claim>;
  claimProbes(): Promise<ClaimedDelivery[]>;
  /** Sends one that is counted in `slots`, and settles it. */
  send(delivery: ClaimedDelivery): Promise<Settled>;
  /** Gives back what is counted and was not sent. */
  giveBack(deliveries: readonly ClaimedDelivery[]): void;
  stopped(): boolean;
  /** What an attempt and writing it down may take. */
  longestMs: number;
}

const PROBE_EVERY_MS = 200;
/** Where attempts may take longer than the whole budget: then they go on after the answer. */
const LEAST_START_MS = 1_000;

export class Drain {
  readonly #drained: Drained = { claimed: 0, delivered: 0, retrying: 0, failed: 0 };
  readonly #running = new Set<Promise<void>>();
  #ended = 0;
  #lastProbeMs = 0;

  constructor(private readonly steps: DrainSteps) {}

  /** Rejects when the database is away. What still waits for the database at the end of the budget is not counted, and goes on. */
  async run(budgetMs: number): Promise<Drained> {
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number) => new Promise<void>((resolve) => timers.push(setTimeout(resolve, Math.max(0, ms))));
    const lastStartMs = Math.max(LEAST_START_MS, budgetMs - this.steps.longestMs);
    const rounds = this.#rounds(Date.now() + lastStartMs, after(lastStartMs));
    // Once the budget is over nobody listens any more.
    rounds.catch(() => undefined);
    try {
      await Promise.race([rounds, after(budgetMs)]);
      return { ...this.#drained };
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  async #rounds(lastStartAtMs: number, lastStart: Promise<void>): Promise<void> {
    while (Date.now() < lastStartAtMs && !this.steps.stopped()) {
      const ended = this.#ended;
      const taken = await this.#take();
      // Claiming may take as long as the database likes.
      if (Date.now() >= lastStartAtMs || this.steps.stopped()) {
        this.steps.giveBack(taken);
        break;
      }
      for (const delivery of taken) this.#send(delivery);
      // What ended while the claim was under way made room that the claim did not see.
      const nothingDue = taken.length === 0 && this.#ended === ended;
      if (nothingDue && this.#running.size === 0) break;
      // One that hangs holds nobody else back: the next claim comes as soon as anything has ended.
      if (nothingDue || (!this.steps.slots.hasRoom && this.#running.size > 0))
        await Promise.race([...this.#running, lastStart]);
    }
    await Promise.all(this.#running);
  }

  /** Claims what there is room for. Counts it in the slots before anybody else may claim. */
  async #take(): Promise<ClaimedDelivery[]> {
    const { steps } = this;
    const reservation = await steps.slots.reserve({ pastBacklog: true });
    const taken: ClaimedDelivery[] = [];
    try {
      if (reservation.room.free > 0) {
        const { deliveries, more } = await steps.claim(reservation.room);
        taken.push(...deliveries);
        steps.slots.setBacklog(more);
      }
      // What was claimed goes in any case; a database that is away is noticed by the next claim.
      if (this.#probesAreDue()) taken.push(...(await steps.claimProbes().catch(() => [])));
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
