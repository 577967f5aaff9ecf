/*
 * How many deliveries a process may claim ahead of the requests that its webhook may have under way. Claimed as places
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
