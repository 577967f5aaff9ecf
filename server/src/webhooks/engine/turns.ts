import type { Backlogged } from './concurrency.js';

/*
 * When to look for the turns of paced webhooks: at the time that the last look named, when something is published or a
 * turn has ended in this process, when their agency, which had no free slot, has one again, and at all of them every
 * second. Only saves waiting: the rows decide. Used by the dispatcher.
 */

const LOOK_MS = 1_000;
/** Between two looks, however much is published. */
const LEAST_MS = 10;
const BACKOFF_MS = 500;

/** When a webhook has its next turn. */
export interface NextTurn {
  webhookId: string;
  inMs: number;
}

/** What a look leaves for later. */
export interface TurnsAhead {
  next: readonly NextTurn[];
  /** Their turns have come, but their agencies have no free slot. */
  leftOut: readonly Backlogged[];
}

interface TurnsOptions {
  /** Takes the turns of these webhooks, or (null) of all. */
  take: (webhookIds: readonly string[] | null) => Promise<TurnsAhead>;
  /** A look failed. */
  report: (error: unknown) => void;
}

export class Turns {
  /** Infinity: when its agency has a free slot. */
  readonly #dueMs = new Map<string, number>();
  /** Those, by agency, in order. */
  readonly leftOut = new Map<string, Set<string>>();
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  /** Ends the wait for the next look. */
  #wake: () => void = () => undefined;
  /** Ends any sleep. */
  #interrupt: () => void = () => undefined;

  constructor(private readonly options: TurnsOptions) {}

  run(): void {
    this.#running = true;
    this.#loop = this.#looks();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#interrupt();
    await this.#loop;
  }

  /** Something was published for a webhook. A time that is already known stays. */
  published(webhookId: string): void {
    if (!this.#running || this.#dueMs.has(webhookId)) return;
    this.#dueMs.set(webhookId, Date.now());
    this.#wake();
  }

  due({ webhookId, inMs }: NextTurn): void {
    if (!this.#running) return;
    this.#dueMs.set(webhookId, Date.now() + inMs);
    this.#wake();
  }

  /** A request of the agency has ended: one of those that were left out may look again. */
  freed(agencyId: string): void {
    const leftOut = this.leftOut.get(agencyId);
    if (!leftOut) return;
    const [webhookId] = leftOut;
    leftOut.delete(webhookId!);
    if (leftOut.size === 0) this.leftOut.delete(agencyId);
    if (this.#dueMs.get(webhookId!) === Infinity) this.due({ webhookId: webhookId!, inMs: 0 });
    else this.freed(agencyId);
  }

  async #looks(): Promise<void> {
    let lookedMs = 0;
    while (this.#running) {
      const now = Date.now();
      const all = now - lookedMs >= LOOK_MS;
      const ids = [...this.#dueMs].filter(([, dueMs]) => dueMs <= now).map(([id]) => id);
      if (all) lookedMs = now;
      try {
        if (all || ids.length > 0) await this.#look(all ? null : ids, ids);
        await this.#idle(lookedMs + LOOK_MS);
      } catch (error) {
        this.options.report(error);
        await this.#sleep(BACKOFF_MS);
      }
    }
  }

  async #look(webhookIds: readonly string[] | null, due: readonly string[]): Promise<void> {
    for (const id of due) this.#dueMs.delete(id);
    if (webhookIds === null) {
      for (const ids of this.leftOut.values()) for (const id of ids) this.#dueMs.delete(id);
      this.leftOut.clear();
    }
    const { next, leftOut } = await this.options.take(webhookIds);
    for (const { webhookId, inMs } of next) this.#dueMs.set(webhookId, Date.now() + inMs);
    for (const { webhookId, agencyId } of leftOut) {
      this.#dueMs.set(webhookId, Infinity);
      const others = this.leftOut.get(agencyId);
      if (others) others.add(webhookId);
      else this.leftOut.set(agencyId, new Set([webhookId]));
    }
  }

  /** At least `LEAST_MS`; then until that time, or until something else is due. */
  async #idle(untilMs: number): Promise<void> {
    await this.#sleep(LEAST_MS);
    const left = Math.min(untilMs, ...this.#dueMs.values()) - Date.now();
    if (left <= 0 || !this.#running) return;
    this.#wake = () => this.#interrupt();
    await this.#sleep(left);
    this.#wake = () => undefined;
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#interrupt = () => undefined;
  }
}
