import { Logger } from '@nestjs/common';
import { refusalOfDatabase } from '../http/database-errors.js';
import type { Health } from './health-indicators.js';

const MAX_BACKOFF_MS = 60_000;

export interface LoopOptions {
  /** For the log. */
  name: string;
  everyMs: number;
  work: () => Promise<unknown>;
}

/**
 * Work that a process repeats: one round at a time, backing off while it fails. `@Interval` calls `tick` and does not
 * wait for the round before. A database that is away is neither logged nor backed off from: every loop resumes with it.
 */
export class Loop {
  readonly #log: Logger;
  #round: Promise<void> | null = null;
  #failures = 0;
  #failingSince: Date | null = null;
  #resumeAtMs = 0;
  #stopped = false;

  constructor(private readonly options: LoopOptions) {
    this.#log = new Logger(options.name);
  }

  /** Runs a round or joins the one under way; does nothing while it backs off or once it is stopped. Never rejects. */
  async tick(): Promise<void> {
    if (this.#stopped || performance.now() < this.#resumeAtMs) return;
    this.#round ??= this.#run().finally(() => (this.#round = null));
    await this.#round;
  }

  /** No round begins any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#round;
  }

  /** Always well: a loop that fails is for operators to see, no reason to take the server out of a load balancer. */
  health(): Health {
    if (!this.#failingSince) return { ok: true };
    return { ok: true, detail: `failing since ${this.#failingSince.toISOString()}, the log says why` };
  }

  async #run(): Promise<void> {
    try {
      await this.options.work();
      this.#failures = 0;
      this.#failingSince = null;
      this.#resumeAtMs = 0;
    } catch (error) {
      if (refusalOfDatabase(error)?.code !== 'database_unavailable') this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#log.error(error);
    this.#failingSince ??= new Date();
    this.#resumeAtMs = performance.now() + Math.min(this.options.everyMs * 2 ** this.#failures, MAX_BACKOFF_MS);
    this.#failures += 1;
  }
}
