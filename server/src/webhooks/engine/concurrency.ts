import { LRUCache } from 'lru-cache';
import { plannedWaitMs, Takings } from './lines.js';
import type { ClaimedDelivery, Slots } from './queue/claimed-delivery.js';

/*
 * Limits how many deliveries this process has claimed: in total, per webhook and per agency. A webhook that takes them
 * fast may have some claimed ahead of its requests (ahead.ts). Those are no requests, so the limit of the agency does
 * not count them; together they take at most a quarter of the slots of the process. Claims run one at a time: a claim
 * reads the free slots, locks rows in the database and counts them here before the next claim reads, so no limit is
 * exceeded. Intake takes at most three quarters of the slots, in total and of an agency: the claim from the queue
 * assigns the rest, because only it sees which webhooks have few requests in flight.
 */

interface ConcurrencyLimits {
  total: number;
  perWebhook: number;
  perAgency: number;
  /** The lease of a claim, by which what is claimed ahead is limited. */
  leaseMs: number;
}

const MAX_SLOWED = 10_000;
/** For how long a claim from the queue may hold up intake. */
const HOLD_UP_MS = 100;

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

/** The counts of a webhook. */
interface Busy {
  agencyId: string;
  /** Claimed and not yet answered. */
  claimed: number;
  /** Those of them that are retries. */
  retries: number;
  takings: Takings;
  /** As of the last claim from the queue: how many may be claimed, those ahead included. */
  limit: number;
}

const idle = (): Pick<Slots, 'webhooks' | 'limits' | 'retries' | 'agencies'> => ({
  webhooks: new Map(),
  limits: new Map(),
  retries: new Map(),
  agencies: new Map(),
});

/** Slots of a reservation that may claim nothing. */
export const NO_SLOTS: Slots = { total: 1, free: 0, perWebhook: 0, perAgency: 0, ...idle() };

/** Slots of an idle process. */
export const allSlots = ({ total, perWebhook, perAgency }: Omit<ConcurrencyLimits, 'leaseMs'>): Slots => ({
  total,
  free: total,
  perWebhook,
  perAgency,
  ...idle(),
});

/** What intake gets while a claim is slow: it stores everything as pending. */
const NOTHING: Reservation = { slots: NO_SLOTS, release: () => undefined };

export class Concurrency {
  readonly #limits: ConcurrencyLimits;
  readonly #plannedWaitMs: number;
  readonly #webhooks = new Map<string, Busy>();
  readonly #agencies = new Map<string, number>();
  /**
   * Webhooks with pending deliveries that did not fit, and their agencies: new events must not overtake them forever.
   */
  readonly #backlogged = new Map<string, string>();
  /**
   * Limits of webhooks whose receiver asked for fewer requests: 0 until the hold is stored, then one more with each
   * success of a later request.
   */
  readonly #slowed = new LRUCache<string, { limit: number; sinceMs: number }>({ max: MAX_SLOWED });
  /** Callers that wait for their turn to claim, and are told whether it has come. */
  #turns: { isIntake: boolean; resolve: (hasCome: boolean) => void }[] = [];
  #total = 0;
  #claiming = false;
  /** While a claim from the queue runs; null: for longer than intake waits. */
  #holdUp: NodeJS.Timeout | null | undefined;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(
    limits: ConcurrencyLimits,
    private readonly now: () => number = Date.now,
  ) {
    this.#limits = limits;
    this.#plannedWaitMs = plannedWaitMs(limits.leaseMs);
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
   * have none, and after a tenth of a second no slots at all, so that a slow claim delays no publisher. Without `ahead`
   * nothing is claimed that would have to wait for a place.
   */
  async reserve({ pastBacklog, ahead = true }: { pastBacklog: boolean; ahead?: boolean }): Promise<Reservation> {
    const isIntake = !pastBacklog;
    if (this.#claiming) {
      if (isIntake && this.#holdUp === null) return NOTHING;
      const hasCome = await new Promise<boolean>((resolve) => this.#turns.push({ isIntake, resolve }));
      if (!hasCome) return NOTHING;
    }
    this.#claiming = true;
    if (!isIntake) this.#holdUp = setTimeout(() => this.#letIntakePass(), HOLD_UP_MS);
    return this.#reservation(pastBacklog, ahead);
  }

  #letIntakePass(): void {
    this.#holdUp = null;
    const waiting = this.#turns.filter(({ isIntake }) => isIntake);
    this.#turns = this.#turns.filter(({ isIntake }) => !isIntake);
    for (const { resolve } of waiting) resolve(false);
  }

  /**
   * The response has arrived: the webhook and the agency may have their next request while the result waits to be
   * stored. `taken`: the webhook accepted the delivery. True if a webhook with a backlog can continue.
   */
  answered({ webhookId, agencyId, failures }: Counted, taken = false): boolean {
    const short = this.#isShort(agencyId);
    const busy = this.#busy(webhookId, agencyId);
    if (busy.claimed <= this.#limits.perWebhook) decrement(this.#agencies, agencyId);
    busy.claimed--;
    if (failures > 0) busy.retries--;
    if (taken) busy.takings.add(this.now());
    if (!this.hasFreeSlot) return false;
    return (this.#backlogged.has(webhookId) && this.#mayClaim(webhookId, busy)) || (short && this.canClaimMore);
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

  /** The receiver asks for fewer requests: nothing more is started. */
  hold(webhookId: string): void {
    this.#slowed.set(webhookId, { limit: 0, sinceMs: Date.now() });
  }

  /** False: it is held, so what was claimed must be released. A probe is always sent. */
  mayStart({ webhookId, held }: Pick<ClaimedDelivery, 'webhookId' | 'held'>): boolean {
    return held !== null || this.#limitOf(webhookId) > 0;
  }

  /** Other processes see the hold now: from its end on, one request at a time. */
  holdStored(webhookId: string): void {
    const slowed = this.#slowed.get(webhookId);
    if (slowed) slowed.limit ||= 1;
  }

  /** A request that began at `startedAtMs` succeeded. */
  succeeded(webhookId: string, startedAtMs: number): void {
    const slowed = this.#slowed.get(webhookId);
    if (!slowed || startedAtMs < slowed.sinceMs) return;
    slowed.limit++;
    if (slowed.limit >= this.#limits.perWebhook) this.#slowed.delete(webhookId);
  }

  /** Returns whether a claim may take something of it. */
  markBacklog({ webhookId, agencyId }: Backlogged): boolean {
    this.#backlogged.set(webhookId, agencyId);
    return this.hasFreeSlot && this.#fits({ webhookId, agencyId });
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

  /** Whether the agency has a free slot. */
  hasRoom(agencyId: string): boolean {
    return (this.#agencies.get(agencyId) ?? 0) < this.#limits.perAgency;
  }

  #fits({ webhookId, agencyId }: Backlogged): boolean {
    if (!this.hasRoom(agencyId)) return false;
    const busy = this.#webhooks.get(webhookId);
    return busy ? this.#mayClaim(webhookId, busy) : this.#limitOf(webhookId) > 0;
  }

  #limitOf(webhookId: string): number {
    return this.#slowed.get(webhookId)?.limit ?? this.#limits.perWebhook;
  }

  /** Whether a claim is worth its statement: half of what was claimed ahead has started. */
  #mayClaim(webhookId: string, { claimed, limit }: Busy): boolean {
    if (this.#slowed.has(webhookId)) return claimed < this.#limitOf(webhookId);
    return limit - claimed >= Math.max(1, (limit - this.#limits.perWebhook) / 2);
  }

  #busy(webhookId: string, agencyId: string): Busy {
    let busy = this.#webhooks.get(webhookId);
    if (!busy) {
      const takings = new Takings(this.#plannedWaitMs);
      busy = { agencyId, claimed: 0, retries: 0, takings, limit: this.#limits.perWebhook };
      this.#webhooks.set(webhookId, busy);
    }
    return busy;
  }

  /** Whether the agency's limit holds back its webhooks. */
  #isShort(agencyId: string): boolean {
    return (this.#agencies.get(agencyId) ?? 0) > quarters(this.#limits.perAgency, 3);
  }

  #reservation(pastBacklog: boolean, ahead: boolean): Reservation {
    const slots = this.#closed ? NO_SLOTS : this.#slots(pastBacklog, ahead);
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
      const busy = this.#busy(webhookId, agencyId);
      busy.claimed++;
      if (failures > 0) busy.retries++;
      if (busy.claimed <= this.#limits.perWebhook) increment(this.#agencies, agencyId);
    }
    if (this.#holdUp) clearTimeout(this.#holdUp);
    this.#holdUp = undefined;
    const next = this.#turns.shift();
    // The turn is handed over before a new caller can take it.
    if (next) next.resolve(true);
    else this.#claiming = false;
  }

  #slots(pastBacklog: boolean, ahead: boolean): Slots {
    // The share of the total and of the agency limit that may be claimed.
    const part = pastBacklog ? 1 : 3 / 4;
    const { total, perWebhook, perAgency: all } = this.#limits;
    const perAgency = Math.ceil(all * part);
    const now = this.now();
    const limits = ahead ? this.#limitsAhead(pastBacklog, now) : new Map<string, number>();
    const slots: Slots = {
      total,
      free: left(Math.ceil(total * part), this.#total),
      perWebhook,
      perAgency,
      webhooks: new Map([...this.#slowed.keys()].map((id) => [id, this.#limitOf(id)])),
      limits,
      retries: new Map(),
      agencies: new Map([...this.#agencies].map(([id, count]) => [id, left(perAgency, count)])),
    };
    for (const [id, busy] of this.#webhooks) {
      if (busy.claimed === 0 && busy.takings.areOver(now)) this.#webhooks.delete(id);
      const limit = limits.get(id) ?? this.#limitOf(id);
      if (pastBacklog) busy.limit = limit;
      if (busy.claimed > 0 || limit !== perWebhook) slots.webhooks.set(id, left(limit, busy.claimed));
      if (busy.retries > 0) slots.retries.set(id, busy.retries);
    }
    if (!pastBacklog) for (const id of this.#backlogged.keys()) slots.webhooks.set(id, 0);
    return slots;
  }

  /**
   * The limits of webhooks that may have deliveries claimed ahead now: for a claim from the queue of those with a
   * backlog, for intake of the others. What is left of the quarter is divided evenly among their agencies, then among
   * the webhooks of each.
   */
  #limitsAhead(backlogged: boolean, now: number): Map<string, number> {
    const { total, perWebhook } = this.#limits;
    const wishes: { id: string; agencyId: string; held: number; ahead: number }[] = [];
    const askers = new Map<string, number>();
    let heldByAll = 0;
    for (const [id, { agencyId, claimed, takings }] of this.#webhooks) {
      const held = left(claimed, perWebhook);
      heldByAll += held;
      const ahead = this.#slowed.has(id) ? 0 : takings.ahead(perWebhook, now);
      if (ahead === 0 || this.#backlogged.has(id) !== backlogged) continue;
      wishes.push({ id, agencyId, held, ahead });
      increment(askers, agencyId);
    }
    const ofAgency = left(quarters(total, 1), heldByAll) / askers.size;
    return new Map(
      wishes.map(({ id, agencyId, held, ahead }) => {
        const share = Math.floor(ofAgency / askers.get(agencyId)!);
        return [id, perWebhook + Math.min(ahead, held + share)];
      }),
    );
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
