import type { ClaimedDelivery } from './queue/claimed-delivery.js';

/*
 * How many deliveries a process may claim ahead of the requests that its webhook may have under way. Claimed as slots
 * become free, a burst for one webhook takes one statement for five rows; a few hundred ahead make that a tenth. But
 * what waits in one process no other can send, so a webhook has only as many ahead as it will take within a moment.
 */

/** More saves nothing. */
const MOST_AHEAD = 200;
/** Over which a webhook shows how fast it is. */
const RECENTLY_MS = 1_000;

/** The share of a lease within which everything claimed ahead must have started. */
export const plannedWaitMs = (leaseMs: number): number => leaseMs / 10;

/** How many events happened within the last `windowMs`, estimated from this window and the one before. */
class Recent {
  #since = 0;
  #count = 0;
  #before = 0;

  constructor(private readonly windowMs: number) {}

  add(nowMs: number): void {
    this.#turn(nowMs);
    this.#count++;
  }

  count(nowMs: number): number {
    this.#turn(nowMs);
    return Math.floor(this.#before * (1 - (nowMs - this.#since) / this.windowMs)) + this.#count;
  }

  #turn(nowMs: number): void {
    const passed = Math.floor((nowMs - this.#since) / this.windowMs);
    if (passed <= 0) return;
    this.#before = passed === 1 ? this.#count : 0;
    this.#count = 0;
    this.#since += passed * this.windowMs;
  }
}

/** What a webhook has taken lately, and what it may therefore have claimed ahead. */
export class Takings {
  readonly #recently = new Recent(RECENTLY_MS);
  readonly #planned: Recent;

  constructor(plannedWaitMs: number) {
    this.#planned = new Recent(plannedWaitMs);
  }

  /** It has accepted a delivery. */
  add(nowMs: number): void {
    this.#recently.add(nowMs);
    this.#planned.add(nowMs);
  }

  /** None within the planned wait. */
  areOver(nowMs: number): boolean {
    return this.#planned.count(nowMs) === 0;
  }

  /**
   * What it took in the last second, at least its limit, at most 200; and no more than it took within the planned wait,
   * for that is what can start in it. None for a webhook with a limit of one, whose deliveries go one by one.
   */
  ahead(perWebhook: number, nowMs: number): number {
    if (perWebhook <= 1) return 0;
    const wanted = Math.min(MOST_AHEAD, Math.max(perWebhook, this.#recently.count(nowMs)));
    return Math.min(wanted, this.#planned.count(nowMs));
  }
}

/*
 * The deliveries that were claimed ahead: each webhook has a line, in which they wait for a slot among its requests
 * under way and start in order. Counts requests at receivers only; what may be claimed is decided by Concurrency.
 */

interface Waiting {
  delivery: ClaimedDelivery;
  sinceMs: number;
}

export class Lines {
  /** Requests under way, by webhook. */
  readonly #underWay = new Map<string, number>();
  readonly #lines = new Map<string, Waiting[]>();

  /** `waitMs`: after that a delivery no longer starts, and `overdue` hands it over. */
  constructor(
    private readonly limits: { perWebhook: number; waitMs: number },
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Whether something waits for a slot of this webhook. */
  has(webhookId: string): boolean {
    return this.#lines.has(webhookId);
  }

  /** True: it has a slot and starts now. False: it waits until `ended` returns it. */
  enter(delivery: ClaimedDelivery): boolean {
    const { webhookId } = delivery;
    const line = this.#lines.get(webhookId);
    if (!line && (this.#underWay.get(webhookId) ?? 0) < this.limits.perWebhook) {
      this.started(delivery);
      return true;
    }
    const waiting = { delivery, sinceMs: this.now() };
    if (line) line.push(waiting);
    else this.#lines.set(webhookId, [waiting]);
    return false;
  }

  /** A request that needs no slot, such as a probe. */
  started({ webhookId }: ClaimedDelivery): void {
    this.#underWay.set(webhookId, (this.#underWay.get(webhookId) ?? 0) + 1);
  }

  /** A request has ended. Returns the delivery that has its slot now and starts. */
  ended({ webhookId }: ClaimedDelivery): ClaimedDelivery | undefined {
    const left = (this.#underWay.get(webhookId) ?? 1) - 1;
    if (left > 0) this.#underWay.set(webhookId, left);
    else this.#underWay.delete(webhookId);
    const line = this.#lines.get(webhookId);
    const next = line?.[0];
    if (!line || !next || left >= this.limits.perWebhook || this.#isOverdue(next)) return undefined;
    line.shift();
    if (line.length === 0) this.#lines.delete(webhookId);
    this.started(next.delivery);
    return next.delivery;
  }

  /** Takes what has waited for too long out of the lines. */
  overdue(): ClaimedDelivery[] {
    const taken: ClaimedDelivery[] = [];
    for (const [webhookId, line] of this.#lines) {
      const late = line.findIndex((waiting) => !this.#isOverdue(waiting));
      taken.push(...line.splice(0, late === -1 ? line.length : late).map(({ delivery }) => delivery));
      if (line.length === 0) this.#lines.delete(webhookId);
    }
    return taken;
  }

  /** Takes everything of a webhook out of its line; without one, of all. */
  clear(webhookId?: string): ClaimedDelivery[] {
    const lines = webhookId === undefined ? [...this.#lines.values()] : [this.#lines.get(webhookId) ?? []];
    if (webhookId === undefined) this.#lines.clear();
    else this.#lines.delete(webhookId);
    return lines.flat().map(({ delivery }) => delivery);
  }

  /** The first of each line: the oldest configuration that is waiting. */
  heads(): ClaimedDelivery[] {
    return [...this.#lines.values()].map(([first]) => first!.delivery);
  }

  #isOverdue({ sinceMs }: Waiting): boolean {
    return this.now() - sinceMs > this.limits.waitMs;
  }
}
