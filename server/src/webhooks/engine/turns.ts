import type { WebhookRef } from './queue/claimed-delivery.js';

/*
 * When this process looks whether paced webhooks have their next turn: at the time that the last look returned, after
 * an event was published or a turn ended here, when their agency has a free slot again, and for all of them every
 * second. This only makes turns start sooner: whose turn it is, the rows of webhook_flow say. Used by the dispatcher.
 */

const LOOK_MS = 1_000;
/** At least between two looks, however much is published. */
const LEAST_MS = 10;
const BACKOFF_MS = 500;

/** When the next turn of a webhook begins. */
export interface NextTurn {
  webhookId: string;
  inMs: number;
}

/** What a look found but did not take. */
export interface TurnsAhead {
  next: readonly NextTurn[];
  /** Webhooks whose turns have come, but whose agencies have no free slot. */
  blocked: readonly WebhookRef[];
}

interface TurnsOptions {
  /** Takes the turns of these webhooks; null: of all. */
  take: (webhookIds: readonly string[] | null) => Promise<TurnsAhead>;
  /** A look failed. */
  report: (error: unknown) => void;
}

export class Turns {
  /** When to look, by webhook; Infinity: when its agency has a free slot. */
  readonly #dueMs = new Map<string, number>();
  /** The webhooks that wait for a free slot of their agency, in order. */
  readonly blocked = new Map<string, Set<string>>();
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

  /** An event was published for the webhook: look at once, unless the time of its next turn is known. */
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

  /** A request of the agency has ended, so one of its blocked webhooks may have a turn. */
  requestEnded(agencyId: string): void {
    const blocked = this.blocked.get(agencyId);
    if (!blocked) return;
    const [webhookId] = blocked;
    blocked.delete(webhookId!);
    if (blocked.size === 0) this.blocked.delete(agencyId);
    if (this.#dueMs.get(webhookId!) === Infinity) this.due({ webhookId: webhookId!, inMs: 0 });
    else this.requestEnded(agencyId);
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
      for (const ids of this.blocked.values()) for (const id of ids) this.#dueMs.delete(id);
      this.blocked.clear();
    }
    const { next, blocked } = await this.options.take(webhookIds);
    for (const { webhookId, inMs } of next) this.#dueMs.set(webhookId, Date.now() + inMs);
    for (const { webhookId, agencyId } of blocked) {
      this.#dueMs.set(webhookId, Infinity);
      const others = this.blocked.get(agencyId);
      if (others) others.add(webhookId);
      else this.blocked.set(agencyId, new Set([webhookId]));
    }
  }

  /** Sleeps for at least LEAST_MS, then until `untilMs` or until a webhook is due. */
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
