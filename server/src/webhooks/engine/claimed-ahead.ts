import type { ClaimedDelivery } from './queue/claimed-delivery.js';

/*
 * Deliveries that a process claims ahead of the requests that their webhook may have in flight: how many, and the lines
 * in which they wait. If a burst for one webhook were claimed only as slots become free, a statement would claim about
 * five rows; with a few hundred claimed ahead there are a tenth of the statements. But no other process can send what
 * waits here, so a webhook has only as many claimed ahead as it is likely to accept within moments.
 */

/** More than that saves no statements. */
const MOST_AHEAD = 200;
/** The throughput of a webhook is measured over this time. */
const RECENTLY_MS = 1_000;

/** What is claimed ahead must start within this part of its lease. */
export const plannedWaitMs = (leaseMs: number): number => leaseMs / 10;

/** How many events happened within the last `windowMs`, estimated from this window and the one before. */
class RollingCount {
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

/** How many deliveries a webhook has accepted lately, and how many it may therefore have claimed ahead. */
export class Throughput {
  readonly #recently = new RollingCount(RECENTLY_MS);
  readonly #planned: RollingCount;

  constructor(plannedWaitMs: number) {
    this.#planned = new RollingCount(plannedWaitMs);
  }

  /** The webhook has accepted a delivery. */
  add(nowMs: number): void {
    this.#recently.add(nowMs);
    this.#planned.add(nowMs);
  }

  /** Whether it accepted none within the planned wait. */
  isIdle(nowMs: number): boolean {
    return this.#planned.count(nowMs) === 0;
  }

  /**
   * As many as it accepted in the last second, at least its limit and at most 200, but no more than it accepted within
   * the planned wait: only those can be expected to start in time. None for a limit of one: deliveries go one by one.
   */
  ahead(perWebhook: number, nowMs: number): number {
    if (perWebhook <= 1) return 0;
    const wanted = Math.min(MOST_AHEAD, Math.max(perWebhook, this.#recently.count(nowMs)));
    return Math.min(wanted, this.#planned.count(nowMs));
  }
}

interface Waiting {
  delivery: ClaimedDelivery;
  sinceMs: number;
}

/**
 * The deliveries claimed ahead: each webhook has a line, in which they wait until fewer of its requests are in flight,
 * and start in order. What may be claimed is decided by Concurrency.
 */
export class WaitingLines {
  /** Requests in flight, by webhook. */
  readonly #inFlight = new Map<string, number>();
  readonly #lines = new Map<string, Waiting[]>();

  /** A delivery that has waited for `waitMs` does not start any more: `overdue` returns it. */
  constructor(
    private readonly limits: { perWebhook: number; waitMs: number },
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Whether a delivery of this webhook waits. */
  has(webhookId: string): boolean {
    return this.#lines.has(webhookId);
  }

  /** True: it starts now. False: it waits until `ended` returns it. */
  enter(delivery: ClaimedDelivery): boolean {
    const { webhookId } = delivery;
    const line = this.#lines.get(webhookId);
    if (!line && (this.#inFlight.get(webhookId) ?? 0) < this.limits.perWebhook) {
      this.started(delivery);
      return true;
    }
    const waiting = { delivery, sinceMs: this.now() };
    if (line) line.push(waiting);
    else this.#lines.set(webhookId, [waiting]);
    return false;
  }

  /** Counts a request that did not have to wait, such as a probe. */
  started({ webhookId }: ClaimedDelivery): void {
    this.#inFlight.set(webhookId, (this.#inFlight.get(webhookId) ?? 0) + 1);
  }

  /** A request has ended. Returns the delivery that starts in its place. */
  ended({ webhookId }: ClaimedDelivery): ClaimedDelivery | undefined {
    const left = (this.#inFlight.get(webhookId) ?? 1) - 1;
    if (left > 0) this.#inFlight.set(webhookId, left);
    else this.#inFlight.delete(webhookId);
    const line = this.#lines.get(webhookId);
    const next = line?.[0];
    if (!line || !next || left >= this.limits.perWebhook || this.#isOverdue(next)) return undefined;
    line.shift();
    if (line.length === 0) this.#lines.delete(webhookId);
    this.started(next.delivery);
    return next.delivery;
  }

  /** Removes and returns what has waited for too long. */
  overdue(): ClaimedDelivery[] {
    const taken: ClaimedDelivery[] = [];
    for (const [webhookId, line] of this.#lines) {
      const late = line.findIndex((waiting) => !this.#isOverdue(waiting));
      taken.push(...line.splice(0, late === -1 ? line.length : late).map(({ delivery }) => delivery));
      if (line.length === 0) this.#lines.delete(webhookId);
    }
    return taken;
  }

  /** Removes and returns the line of a webhook, by default all lines. */
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
