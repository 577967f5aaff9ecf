import { Logger } from '@nestjs/common';
import { isDatabaseUnavailable } from '../http/database-errors.js';
import type { Health } from './health-indicators.js';

const MAX_BACKOFF_MS = 60_000;

interface LoopOptions {
  /** For the log. */
  name: string;
  everyMs: number;
  work: () => Promise<unknown>;
}

/**
 * Periodic work: one round at a time, with back-off on failure. Timers and the pulse call `tick` without waiting for
 * the previous round. An unavailable database is neither logged nor a reason to back off: all loops resume as soon as
 * it is back.
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

  /** Runs a round or joins the one in progress; does nothing during back-off or once stopped. Never rejects. */
  async tick(): Promise<void> {
    if (this.#stopped || performance.now() < this.#resumeAtMs) return;
    this.#round ??= this.#run().finally(() => (this.#round = null));
    await this.#round;
  }

  /** Resolves when the round in progress has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#round;
  }

  /** Always ok: a failing loop is for operators to fix, and no reason to take the server out of a load balancer. */
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
      if (!isDatabaseUnavailable(error)) this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#log.error(error);
    this.#failingSince ??= new Date();
    this.#resumeAtMs = performance.now() + Math.min(this.options.everyMs * 2 ** this.#failures, MAX_BACKOFF_MS);
    this.#failures += 1;
  }
}
