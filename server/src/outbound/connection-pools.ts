import { OriginPool, type PoolSettings } from './connection-pool.js';
import type { Destination } from './guarded-connector.js';

export interface PoolsSettings extends PoolSettings {
  /** Over all origins: a thousand receivers visited once must not hold a thousand open files each minute. */
  maxResting: number;
}

const TIDY_EVERY_MS = 10_000;

/** One pool per origin, so that an origin that hangs can only fill its own. Pools go when their last connection does. */
export class ConnectionPools {
  private readonly pools = new Map<string, OriginPool>();
  private resting = 0;
  private readonly tidying: NodeJS.Timeout;

  constructor(private readonly settings: PoolsSettings) {
    this.tidying = setInterval(() => this.tidy(performance.now() - settings.idleMs), TIDY_EVERY_MS);
    this.tidying.unref();
  }

  /** @param key tells origins apart; our own listener has its own key, or its exception would open the address for all */
  get(key: string, origin: string, destination: Destination): OriginPool {
    const known = this.pools.get(key);
    if (known) return known;
    const pool = new OriginPool(origin, destination, this.settings, (by) => this.restingChanged(by));
    this.pools.set(key, pool);
    return pool;
  }

  /** Open pools and resting connections, for bounds that must hold. */
  counts(): { pools: number; resting: number } {
    return { pools: this.pools.size, resting: this.resting };
  }

  close(): void {
    clearInterval(this.tidying);
    this.tidy(Infinity);
  }

  private restingChanged(by: number): void {
    this.resting += by;
    if (this.resting > this.settings.maxResting) this.closeOldestResting();
  }

  private closeOldestResting(): void {
    const times = [...this.pools.values()].map((pool) => pool.oldestRestSince ?? Infinity);
    this.tidy(Math.min(...times));
  }

  private tidy(restingSince: number): void {
    for (const [key, pool] of this.pools) {
      pool.closeRestingSince(restingSince);
      if (pool.isEmpty) this.pools.delete(key);
    }
  }
}
