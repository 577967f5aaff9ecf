import type { ClaimedDelivery } from './queue/claimed-delivery.js';

/*
 * The deliveries that were claimed ahead: each webhook has a line, in which they wait for a place among its requests
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

  /** Whether something waits for a place of this webhook. */
  has(webhookId: string): boolean {
    return this.#lines.has(webhookId);
  }

  /** True: it has a place and starts now. False: it waits until `ended` returns it. */
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

  /** A request that needs no place, such as a probe. */
  started({ webhookId }: ClaimedDelivery): void {
    this.#underWay.set(webhookId, (this.#underWay.get(webhookId) ?? 0) + 1);
  }

  /** A request has ended. Returns the delivery that has its place now and starts. */
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
