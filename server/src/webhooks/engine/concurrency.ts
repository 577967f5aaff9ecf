import { LRUCache } from 'lru-cache';
import { plannedWaitMs, Throughput } from './claimed-ahead.js';
import type { ClaimedDelivery, Slots, WebhookRef } from './queue/claimed-delivery.js';

/*
 * Limits how many deliveries this process has claimed: in total, per webhook and per agency. A fast webhook may have
 * some claimed ahead of its requests (claimed-ahead.ts). The limit of the agency counts requests only, so it does not
 * count those; together they take at most a quarter of the slots of the process.
 *
 * Claims run one at a time: a claim reads the free slots, locks rows in the database and counts them here before the
 * next claim reads, so no limit is exceeded. Intake takes at most three quarters of the slots, in total and of an
 * agency: the claim from the queue assigns the rest, because only it sees which webhooks have few requests in flight.
 */

interface ConcurrencyLimits {
  total: number;
  perWebhook: number;
  perAgency: number;
  /** The lease of a claim, by which what is claimed ahead is limited. */
  leaseMs: number;
}

const MAX_SLOWED = 10_000;
/** Intake waits at most this long for a claim from the queue. */
const INTAKE_WAIT_MS = 100;

/**
 * Who claims. `intake` gets no slots of webhooks with a backlog, and none at all while a claim from the queue is slow,
 * so that it never delays a publisher. `drain` is a claim from the queue that takes nothing ahead.
 */
type Claimer = 'intake' | 'queue' | 'drain';

type Counted = Pick<ClaimedDelivery, 'webhookId' | 'agencyId' | 'failures'>;

/**
 * The exclusive right to claim. `release` counts what was claimed and lets the next caller claim; a second call does
 * nothing.
 */
export interface Reservation {
  slots: Slots;
  release: (claimed: readonly Counted[]) => void;
}

/** The counts of a webhook. */
interface WebhookLoad {
  agencyId: string;
  /** Claimed and not yet answered. */
  claimed: number;
  /** Those of them that are retries. */
  retries: number;
  throughput: Throughput;
  /** How many may be claimed, those ahead included, as of the last claim from the queue. */
  limit: number;
}

/** Slots of a reservation that may claim nothing. */
export const NO_SLOTS: Slots = {
  total: 1,
  free: 0,
  perWebhook: 0,
  perAgency: 0,
  webhooks: new Map(),
  limits: new Map(),
  retries: new Map(),
  agencies: new Map(),
};

/** What intake gets while a claim from the queue is slow: it stores everything as pending. */
export const NO_RESERVATION: Reservation = { slots: NO_SLOTS, release: () => undefined };

export class Concurrency {
  readonly #limits: ConcurrencyLimits;
  readonly #plannedWaitMs: number;
  readonly #webhooks = new Map<string, WebhookLoad>();
  readonly #agencies = new Map<string, number>();
  /** Agencies of webhooks with pending deliveries that did not fit: new events must not overtake those forever. */
  readonly #backlogged = new Map<string, string>();
  /**
   * Limits of webhooks whose receiver asked for fewer requests: 0 until the hold is stored, then one more with each
   * success of a later request.
   */
  readonly #slowed = new LRUCache<string, { limit: number; sinceMs: number }>({ max: MAX_SLOWED });
  /** Claimers that wait until the claim before them has ended; `false`: they must not wait any longer. */
  #waiting: { claimer: Claimer; resolve: (mayClaim: boolean) => void }[] = [];
  #total = 0;
  #claiming = false;
  /** Set while a claim from the queue runs; null: for longer than intake waits. */
  #queueClaim: NodeJS.Timeout | null | undefined;
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

  /** Resolves when no other claim runs. */
  async reserve(claimer: Claimer): Promise<Reservation> {
    const isIntake = claimer === 'intake';
    if (this.#claiming) {
      if (isIntake && this.#queueClaim === null) return NO_RESERVATION;
      const mayClaim = await new Promise<boolean>((resolve) => this.#waiting.push({ claimer, resolve }));
      if (!mayClaim) return NO_RESERVATION;
    }
    this.#claiming = true;
    if (!isIntake) this.#queueClaim = setTimeout(() => this.#endIntakeWait(), INTAKE_WAIT_MS);
    return this.#reservation(claimer);
  }

  #endIntakeWait(): void {
    this.#queueClaim = null;
    const intake = this.#waiting.filter(({ claimer }) => claimer === 'intake');
    this.#waiting = this.#waiting.filter(({ claimer }) => claimer !== 'intake');
    for (const { resolve } of intake) resolve(false);
  }

  /**
   * The response has arrived: the webhook and the agency may have their next request while the result waits to be
   * stored. `succeeded`: the webhook accepted the delivery. True if a webhook with a backlog can continue.
   */
  answered({ webhookId, agencyId, failures }: Counted, succeeded = false): boolean {
    const short = this.#isShort(agencyId);
    const busy = this.#loadOf(webhookId, agencyId);
    if (busy.claimed <= this.#limits.perWebhook) decrement(this.#agencies, agencyId);
    busy.claimed--;
    if (failures > 0) busy.retries--;
    if (succeeded) busy.throughput.add(this.now());
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

  /** Uncounts a delivery that is not sent. */
  forget(delivery: Counted): void {
    this.answered(delivery);
    this.settled();
  }

  /** The receiver asks for fewer requests: none is started any more. */
  hold(webhookId: string): void {
    this.#slowed.set(webhookId, { limit: 0, sinceMs: Date.now() });
  }

  /** False if its webhook is held: the delivery must be released. A probe is always sent. */
  mayStart({ webhookId, held }: Pick<ClaimedDelivery, 'webhookId' | 'held'>): boolean {
    return held !== null || this.#limitOf(webhookId) > 0;
  }

  /** Other processes see the hold now. When it ends, one request at a time is sent. */
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

  /** The webhook has more due deliveries than there were slots for. True if a claim may take some of them. */
  markBacklog({ webhookId, agencyId }: WebhookRef): boolean {
    this.#backlogged.set(webhookId, agencyId);
    return this.hasFreeSlot && this.#fits({ webhookId, agencyId });
  }

  /** After a claim, which looks at the whole queue: only these webhooks have more due than it took. */
  setBacklog(webhooks: Iterable<WebhookRef>): void {
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

  hasFreeSlotFor(agencyId: string): boolean {
    return (this.#agencies.get(agencyId) ?? 0) < this.#limits.perAgency;
  }

  #fits({ webhookId, agencyId }: WebhookRef): boolean {
    if (!this.hasFreeSlotFor(agencyId)) return false;
    const busy = this.#webhooks.get(webhookId);
    return busy ? this.#mayClaim(webhookId, busy) : this.#limitOf(webhookId) > 0;
  }

  #limitOf(webhookId: string): number {
    return this.#slowed.get(webhookId)?.limit ?? this.#limits.perWebhook;
  }

  /** Whether a claim is worth its statement, because half of what was claimed ahead has started. */
  #mayClaim(webhookId: string, { claimed, limit }: WebhookLoad): boolean {
    if (this.#slowed.has(webhookId)) return claimed < this.#limitOf(webhookId);
    return limit - claimed >= Math.max(1, (limit - this.#limits.perWebhook) / 2);
  }

  #loadOf(webhookId: string, agencyId: string): WebhookLoad {
    let busy = this.#webhooks.get(webhookId);
    if (!busy) {
      const throughput = new Throughput(this.#plannedWaitMs);
      busy = { agencyId, claimed: 0, retries: 0, throughput, limit: this.#limits.perWebhook };
      this.#webhooks.set(webhookId, busy);
    }
    return busy;
  }

  /** Whether the limit of the agency holds back its webhooks. */
  #isShort(agencyId: string): boolean {
    return (this.#agencies.get(agencyId) ?? 0) > quarters(this.#limits.perAgency, 3);
  }

  #reservation(claimer: Claimer): Reservation {
    const slots = this.#closed ? NO_SLOTS : this.#slots(claimer);
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
      const busy = this.#loadOf(webhookId, agencyId);
      busy.claimed++;
      if (failures > 0) busy.retries++;
      if (busy.claimed <= this.#limits.perWebhook) increment(this.#agencies, agencyId);
    }
    if (this.#queueClaim) clearTimeout(this.#queueClaim);
    this.#queueClaim = undefined;
    const next = this.#waiting.shift();
    // `#claiming` stays true, so that no new caller overtakes the next one.
    if (next) next.resolve(true);
    else this.#claiming = false;
  }

  #slots(claimer: Claimer): Slots {
    const isIntake = claimer === 'intake';
    // The share of the total and of the agency limit that may be claimed.
    const part = isIntake ? 3 / 4 : 1;
    const { total, perWebhook, perAgency: all } = this.#limits;
    const perAgency = Math.ceil(all * part);
    const now = this.now();
    const limits = claimer === 'drain' ? new Map<string, number>() : this.#limitsAhead(!isIntake, now);
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
      if (busy.claimed === 0 && busy.throughput.isIdle(now)) this.#webhooks.delete(id);
      const limit = limits.get(id) ?? this.#limitOf(id);
      if (!isIntake) busy.limit = limit;
      if (busy.claimed > 0 || limit !== perWebhook) slots.webhooks.set(id, left(limit, busy.claimed));
      if (busy.retries > 0) slots.retries.set(id, busy.retries);
    }
    if (isIntake) for (const id of this.#backlogged.keys()) slots.webhooks.set(id, 0);
    return slots;
  }

  /**
   * Limits of webhooks that may have deliveries claimed ahead now: a claim from the queue takes those of webhooks with
   * a backlog, intake those of the others. What is left of the quarter is divided evenly among their agencies, then
   * among the webhooks of each.
   */
  #limitsAhead(backlogged: boolean, now: number): Map<string, number> {
    const { total, perWebhook } = this.#limits;
    const wishes: { id: string; agencyId: string; held: number; ahead: number }[] = [];
    const askers = new Map<string, number>();
    let heldByAll = 0;
    for (const [id, { agencyId, claimed, throughput }] of this.#webhooks) {
      const held = left(claimed, perWebhook);
      heldByAll += held;
      const ahead = this.#slowed.has(id) ? 0 : throughput.ahead(perWebhook, now);
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
