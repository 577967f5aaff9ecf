import type { ClaimedDelivery, Slots } from './queue/claimed-delivery.js';

/*
 * Limits how many requests this process has in flight: in total, per webhook and per agency. Claims run one at a time:
 * a claim reads the free slots, locks rows in the database and counts them here before the next claim reads, so no
 * limit is exceeded. Intake takes at most three quarters of the slots, in total and of an agency: the claim from the
 * queue assigns the rest, because only it sees which webhooks have few requests in flight.
 */

export interface ConcurrencyLimits {
  total: number;
  perWebhook: number;
  perAgency: number;
}

type Counted = Pick<ClaimedDelivery, 'webhookId' | 'agencyId' | 'failures'>;

/** A webhook with more due deliveries than there were slots for. */
export type Backlogged = Pick<ClaimedDelivery, 'webhookId' | 'agencyId'>;

/**
 * The exclusive right to claim. `release` counts what was claimed and lets the next caller claim; a second call does
 * nothing.
 */
export interface Reservation {
  slots: Slots;
  release: (claimed: readonly Counted[]) => void;
}

const idle = (): Pick<Slots, 'webhooks' | 'retries' | 'agencies'> => ({
  webhooks: new Map(),
  retries: new Map(),
  agencies: new Map(),
});

/** Slots of a reservation that may claim nothing. */
export const NO_SLOTS: Slots = { total: 1, free: 0, perWebhook: 0, perAgency: 0, ...idle() };

/** Slots of an idle process. */
export const allSlots = ({ total, perWebhook, perAgency }: ConcurrencyLimits): Slots => ({
  total,
  free: total,
  perWebhook,
  perAgency,
  ...idle(),
});

export class Concurrency {
  readonly #limits: ConcurrencyLimits;
  readonly #webhooks = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  readonly #agencies = new Map<string, number>();
  /**
   * Webhooks with pending deliveries that did not fit, and their agencies: new events must not overtake them forever.
   */
  readonly #backlogged = new Map<string, string>();
  readonly #turns: (() => void)[] = [];
  #total = 0;
  #claiming = false;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(limits: ConcurrencyLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  get hasFreeSlot(): boolean {
    return !this.#closed && this.#total < this.#limits.total;
  }

  /** Whether another claim may succeed: a webhook with a backlog has free slots. */
  get canClaimMore(): boolean {
    if (!this.hasFreeSlot) return false;
    for (const [webhookId, agencyId] of this.#backlogged) if (this.#fits({ webhookId, agencyId })) return true;
    return false;
  }

  /**
   * Waits for its turn. With `pastBacklog` (a claim from the queue) webhooks with a backlog have slots; for intake they
   * have none.
   */
  async reserve({ pastBacklog }: { pastBacklog: boolean }): Promise<Reservation> {
    if (this.#claiming) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#claiming = true;
    return this.#reservation(pastBacklog);
  }

  /**
   * The response has arrived: the webhook and the agency may have their next request while the result waits to be
   * stored. True if a webhook with a backlog can continue.
   */
  answered(delivery: Counted): boolean {
    const { webhookId, agencyId, failures } = delivery;
    const short = this.#isShort(agencyId);
    decrement(this.#webhooks, webhookId);
    decrement(this.#agencies, agencyId);
    if (failures > 0) decrement(this.#retries, webhookId);
    return this.hasFreeSlot && (this.#backlogged.has(webhookId) || (short && this.canClaimMore));
  }

  /**
   * The result is stored. Results that wait for that are bounded by the total limit, also while the database is
   * unavailable. True if a webhook with a backlog can continue.
   */
  settled(): boolean {
    const short = this.#total > quarters(this.#limits.total, 3);
    this.#total--;
    if (this.#total === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    return short && this.canClaimMore;
  }

  /** It was counted but is not sent. */
  forget(delivery: Counted): void {
    this.answered(delivery);
    this.settled();
  }

  markBacklog({ webhookId, agencyId }: Backlogged): void {
    this.#backlogged.set(webhookId, agencyId);
  }

  /** After a claim that looked at the whole queue: exactly these webhooks have more due than was claimed. */
  setBacklog(webhooks: Iterable<Backlogged>): void {
    this.#backlogged.clear();
    for (const webhook of webhooks) this.markBacklog(webhook);
  }

  /** Refuses all further claims. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is in flight. */
  empty(): Promise<void> {
    return this.#total === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #fits({ webhookId, agencyId }: Backlogged): boolean {
    const { perWebhook, perAgency } = this.#limits;
    return (this.#webhooks.get(webhookId) ?? 0) < perWebhook && (this.#agencies.get(agencyId) ?? 0) < perAgency;
  }

  /** Whether the agency's limit holds back its webhooks. */
  #isShort(agencyId: string): boolean {
    return (this.#agencies.get(agencyId) ?? 0) > quarters(this.#limits.perAgency, 3);
  }

  #reservation(pastBacklog: boolean): Reservation {
    const slots = this.#closed ? NO_SLOTS : pastBacklog ? this.#slots(1) : this.#slotsOfIntake();
    let held = true;
    const release = (claimed: readonly Counted[]) => {
      if (held) this.#release(claimed);
      held = false;
    };
    return { slots, release };
  }

  #release(claimed: readonly Counted[]): void {
    for (const { webhookId, agencyId, failures } of claimed) {
      this.#total++;
      increment(this.#webhooks, webhookId);
      increment(this.#agencies, agencyId);
      if (failures > 0) increment(this.#retries, webhookId);
    }
    const next = this.#turns.shift();
    // The turn is handed over before a new caller can take it.
    if (next) next();
    else this.#claiming = false;
  }

  #slotsOfIntake(): Slots {
    const slots = this.#slots(3 / 4);
    for (const id of this.#backlogged.keys()) slots.webhooks.set(id, 0);
    return slots;
  }

  /** `part`: the share of the total and of the agency limit that may be claimed. */
  #slots(part: number): Slots {
    const { total, perWebhook, perAgency: all } = this.#limits;
    const perAgency = Math.ceil(all * part);
    return {
      total,
      free: left(Math.ceil(total * part), this.#total),
      perWebhook,
      perAgency,
      webhooks: new Map([...this.#webhooks].map(([id, count]) => [id, left(perWebhook, count)])),
      retries: new Map(this.#retries),
      agencies: new Map([...this.#agencies].map(([id, count]) => [id, left(perAgency, count)])),
    };
  }
}

const quarters = (limit: number, n: number) => (limit * n) / 4;
const left = (limit: number, taken: number) => Math.max(0, limit - taken);

function increment(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

function decrement(counts: Map<string, number>, id: string): void {
  const count = (counts.get(id) ?? 1) - 1;
  if (count > 0) counts.set(id, count);
  else counts.delete(id);
}
