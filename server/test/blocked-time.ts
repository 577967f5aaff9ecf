import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * The longest time that a piece of work blocked the event loop. Time without CPU use does not count: on a busy machine
 * the process may simply not be scheduled.
 */
export class BlockedTime {
  longestMs = 0;
  readonly #delay = monitorEventLoopDelay({ resolution: 10 });

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#delay.reset();
    this.#delay.enable();
    const before = process.cpuUsage();
    try {
      return await work();
    } finally {
      this.#delay.disable();
      const { user, system } = process.cpuUsage(before);
      this.longestMs = Math.max(this.longestMs, Math.min(this.#delay.max / 1e6, (user + system) / 1e3));
    }
  }
}
