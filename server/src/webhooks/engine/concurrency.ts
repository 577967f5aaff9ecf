import type { ClaimedDelivery, Room } from './queue/claimed-delivery.js';

/*
 * How many requests this process has under way, in all, per webhook and per agency. Claiming is one at a time: a claim reads the room, takes
 * rows in the database and counts them here before the next one reads, so no limit is ever passed. Intake takes at most three quarters of the
 * places, in all and of an agency: the rest is given out by the claim from the queue, which alone sees who has little under way.
 */

export interface InFlightLimits {
  total: number;
  perWebhook: number;
  perAgency: number;
}

type Counted = Pick<ClaimedDelivery, 'webhookId' | 'agencyId' | 'failures'>;

/** A webhook that has more due than fits. */
export type Backlogged = Pick<ClaimedDelivery, 'webhookId' | 'agencyId'>;

/** The right to claim. Count what was claimed, then release; both before anybody else may claim. */
export interface Reservation {
  room: Room;
  release: (claimed: readonly Counted[]) => void;
}

const nobody = (): Pick<Room, 'webhooks' | 'retries' | 'agencies'> => ({
  webhooks: new Map(),
  retries: new Map(),
  agencies: new Map(),
});

/** A reservation that may claim nothing. */
export const NO_ROOM: Room = { total: 1, free: 0, perWebhook: 0, perAgency: 0, ...nobody() };

/** The room of a process that has nothing under way. */
export const wholeRoom = ({ total, perWebhook, perAgency }: InFlightLimits): Room => ({
  total,
  free: total,
  perWebhook,
  perAgency,
  ...nobody(),
});

export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #webhooks = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  readonly #agencies = new Map<string, number>();
  /** Webhooks with owed work that did not fit, and their agencies: new events must not overtake it for ever. */
  readonly #backlogged = new Map<string, string>();
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

  get hasRoom(): boolean {
    return !this.#closed && this.#total < this.#limits.total;
  }

  /** Whether another claim may find something: a webhook has a backlog and places. */
  get canGoOn(): boolean {
    if (!this.hasRoom) return false;
    for (const [webhookId, agencyId] of this.#backlogged) if (this.#fits({ webhookId, agencyId })) return true;
    return false;
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

  /**
   * The answer is there: the webhook and the agency may have the next request, while the result still waits to be written down. True when that
   * lets something of a backlog go.
   */
  answered(delivery: Counted): boolean {
    const { webhookId, agencyId, failures } = delivery;
    const short = this.#isShort(agencyId);
    decrement(this.#webhooks, webhookId);
    decrement(this.#agencies, agencyId);
    if (failures > 0) decrement(this.#retries, webhookId);
    return this.hasRoom && (this.#backlogged.has(webhookId) || (short && this.canGoOn));
  }

  /**
   * The result is written down. What waits for that is bounded by the limit in all, also while the database is away. True when that lets
   * something of a backlog go.
   */
  settled(): boolean {
    const short = this.#total > quarters(this.#limits.total, 3);
    this.#total--;
    if (this.#total === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    return short && this.canGoOn;
  }

  /** It was counted and is not sent after all. */
  forget(delivery: Counted): void {
    this.answered(delivery);
    this.settled();
  }

  markBacklog({ webhookId, agencyId }: Backlogged): void {
    this.#backlogged.set(webhookId, agencyId);
  }

  /** After a claim looked at the whole queue: these have more than was taken, and no others. */
  setBacklog(webhooks: Iterable<Backlogged>): void {
    this.#backlogged.clear();
    for (const webhook of webhooks) this.markBacklog(webhook);
  }

  /** Nothing starts any more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is under way. */
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
    const room = this.#closed ? NO_ROOM : pastBacklog ? this.#room(1) : this.#roomOfIntake();
    return { room, release: (claimed) => this.#release(claimed) };
  }

  #release(claimed: readonly Counted[]): void {
    for (const { webhookId, agencyId, failures } of claimed) {
      this.#total++;
      increment(this.#webhooks, webhookId);
      increment(this.#agencies, agencyId);
      if (failures > 0) increment(this.#retries, webhookId);
    }
    const next = this.#turns.shift();
    // The turn passes on before anybody new can take it.
    if (next) next();
    else this.#claiming = false;
  }

  #roomOfIntake(): Room {
    const room = this.#room(3 / 4);
    for (const id of this.#backlogged.keys()) room.webhooks.set(id, 0);
    return room;
  }

  /** `part`: of all places and of an agency's that may be taken. */
  #room(part: number): Room {
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
