import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * How long one piece of work kept everything else in the process waiting, at most. Time in which the process computed
 * nothing does not count: on a busy machine it stands still through no fault of its own.
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
