import type { ClaimedDelivery, Room } from './claimed-delivery.js';

/*
 * How many requests this process has under way, in all, per webhook and per agency. Claiming is one at a time: a claim reads the room, takes
 * rows in the database and counts them here before the next one reads, so no limit is ever passed.
 */

export interface InFlightLimits {
  total: number;
  perWebhook: number;
  perAgency: number;
}

type Counted = Pick<ClaimedDelivery, 'webhookId' | 'agencyId'>;

/** The right to claim. Count what was claimed, then release; both before anybody else may claim. */
export interface Reservation {
  room: Room;
  release(claimed: readonly Counted[]): void;
}

/** A reservation that may claim nothing. */
export const NO_ROOM: Room = { free: 0, perWebhook: 0, perAgency: 0, webhooks: new Map(), agencies: new Map() };

export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #webhooks = new Map<string, number>();
  readonly #agencies = new Map<string, number>();
  /** Webhooks with owed work that did not fit: new events must not overtake it for ever. */
  readonly #backlogged = new Set<string>();
  readonly #turns: (() => void)[] = [];
  #total = 0;
  #claiming = false;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  get hasBacklog(): boolean {
    return this.#backlogged.size > 0;
  }

  get hasRoom(): boolean {
    return !this.#closed && this.#total < this.#limits.total;
  }

  /** Waits for its turn. With `pastBacklog` (a claim from the queue) webhooks with a backlog have their room; for intake they have none. */
  async reserve({ pastBacklog }: { pastBacklog: boolean }): Promise<Reservation> {
    if (this.#claiming) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#claiming = true;
    return this.#reservation(pastBacklog);
  }

  /** The same without waiting: no room when somebody else is claiming. */
  tryReserve(): Reservation {
    if (this.#claiming) return { room: NO_ROOM, release: () => undefined };
    this.#claiming = true;
    return this.#reservation(false);
  }

  /** The answer is there: the webhook and the agency may have the next request, while the result still waits to be written down. */
  answered({ webhookId, agencyId }: Counted): void {
    decrement(this.#webhooks, webhookId);
    decrement(this.#agencies, agencyId);
  }

  /** The result is written down. What waits for that is bounded by the limit in all, also while the database is away. */
  settled(): void {
    this.#total--;
    if (this.#total === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** It was counted and is not sent after all. */
  forget(delivery: Counted): void {
    this.answered(delivery);
    this.settled();
  }

  markBacklog(webhookId: string): void {
    this.#backlogged.add(webhookId);
  }

  /** After a claim looked at the whole queue: only these have more than fits. */
  setBacklog(webhookIds: Iterable<string>): void {
    this.#backlogged.clear();
    for (const id of webhookIds) this.#backlogged.add(id);
  }

  /** Nothing starts any more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is under way. */
  empty(): Promise<void> {
    return this.#total === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #reservation(pastBacklog: boolean): Reservation {
    return { room: this.#room(pastBacklog), release: (claimed) => this.#release(claimed) };
  }

  #release(claimed: readonly Counted[]): void {
    for (const { webhookId, agencyId } of claimed) {
      this.#total++;
      this.#webhooks.set(webhookId, (this.#webhooks.get(webhookId) ?? 0) + 1);
      this.#agencies.set(agencyId, (this.#agencies.get(agencyId) ?? 0) + 1);
    }
    const next = this.#turns.shift();
    // The turn passes on before anybody new can take it.
    if (next) next();
    else this.#claiming = false;
  }

  #room(pastBacklog: boolean): Room {
    if (this.#closed) return NO_ROOM;
    const { total, perWebhook, perAgency } = this.#limits;
    const webhooks = new Map<string, number>();
    for (const [id, count] of this.#webhooks) webhooks.set(id, Math.max(0, perWebhook - count));
    if (!pastBacklog) for (const id of this.#backlogged) webhooks.set(id, 0);
    const agencies = new Map<string, number>();
    for (const [id, count] of this.#agencies) agencies.set(id, Math.max(0, perAgency - count));
    return { free: Math.max(0, total - this.#total), perWebhook, perAgency, webhooks, agencies };
  }
}

function decrement(counts: Map<string, number>, id: string): void {
  const left = (counts.get(id) ?? 1) - 1;
  if (left > 0) counts.set(id, left);
  else counts.delete(id);
}
