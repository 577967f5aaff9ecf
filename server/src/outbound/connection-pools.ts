import { OriginPool, type PoolSettings } from './connection-pool.js';
import type { Destination } from './guarded-connector.js';

export interface PoolsSettings extends PoolSettings {
  /** Across all origins, so that one request to each of thousands of receivers does not exhaust file descriptors. */
  maxIdle: number;
}

const TIDY_EVERY_MS = 10_000;

/** One pool per origin, so that a hanging origin fills only its own. A pool is removed with its last connection. */
export class ConnectionPools {
  private readonly pools = new Map<string, OriginPool>();
  private idle = 0;
  private readonly tidying: NodeJS.Timeout;

  constructor(private readonly settings: PoolsSettings) {
    this.tidying = setInterval(() => this.tidy(performance.now() - settings.idleMs), TIDY_EVERY_MS);
    this.tidying.unref();
  }

  /** @param key identifies the origin; our own listener has a separate key, so its exemption applies to no other */
  get(key: string, origin: string, destination: Destination): OriginPool {
    const known = this.pools.get(key);
    if (known) return known;
    const pool = new OriginPool(origin, destination, this.settings, (by) => this.idleChanged(by));
    this.pools.set(key, pool);
    return pool;
  }

  counts(): { pools: number; idle: number } {
    return { pools: this.pools.size, idle: this.idle };
  }

  close(): void {
    clearInterval(this.tidying);
    this.tidy(Infinity);
  }

  private idleChanged(by: number): void {
    this.idle += by;
    if (this.idle > this.settings.maxIdle) this.closeLongestIdle();
  }

  private closeLongestIdle(): void {
    const times = [...this.pools.values()].map((pool) => pool.longestIdleSince ?? Infinity);
    this.tidy(Math.min(...times));
  }

  private tidy(idleSince: number): void {
    for (const [key, pool] of this.pools) {
      pool.closeIdleSince(idleSince);
      if (pool.isEmpty) this.pools.delete(key);
    }
  }
}
