import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type DatabaseSettings } from './database-settings.js';
import { FailFastClient } from './pg-pool.js';

/** First key of the watchers' advisory locks; the second is `watchKey`. */
export const WATCH_LOCKS = 0x62706f63;

const RECONNECT_MS = 1_000;
const HEARTBEAT_MS = 30_000;

export interface Listener {
  onNotification(payload: string): void;
  /** Called after a lost connection, because notifications that were sent in the meantime are lost. */
  onReconnect?(): void;
}

/**
 * The connection on which a process listens. It also holds a shared advisory lock for each agency that the process
 * watches. Locks end with their session, so a publisher finds the watched agencies in pg_locks, and there is no table
 * to clean up after a crash.
 */
@Injectable()
export class Notifications implements OnApplicationShutdown {
  readonly #log = new Logger('Notifications');
  readonly #listeners = new Map<string, Listener>();
  readonly #watched = new Set<string>();
  #client: FailFastClient | null = null;
  #lastQuery: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #started = false;
  #stopping = false;

  constructor(@Inject(DATABASE) private readonly settings: DatabaseSettings) {}

  /** Subscribes to a channel; one listener per channel. */
  listen(channel: string, listener: Listener): void {
    this.#listeners.set(channel, listener);
    if (this.#started) void this.#query(`listen ${channel}`);
    else this.#start();
  }

  /** Marks the agency as watched, visibly to all processes. Without a connection it takes effect after reconnecting. */
  async watch(agencyId: string): Promise<void> {
    this.#watched.add(agencyId);
    await this.#query(LOCK_SQL, [WATCH_LOCKS, [watchKey(agencyId)]]);
  }

  async unwatch(agencyId: string): Promise<void> {
    if (!this.#watched.delete(agencyId)) return;
    await this.#query('select pg_advisory_unlock_shared($1::int, $2::int)', [WATCH_LOCKS, watchKey(agencyId)]);
  }

  onApplicationShutdown(): void {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#reconnect);
    // Not awaited, because a half-open connection never answers the Terminate message.
    this.#client?.end().catch(() => undefined);
  }

  #start(): void {
    this.#started = true;
    // Later, when all initial listeners are registered.
    setImmediate(() => void this.#connect());
    // An idle connection never notices that its peer is dead. A query that times out closes it.
    this.#heartbeat = setInterval(() => void this.#query('select 1'), HEARTBEAT_MS);
  }

  /**
   * Runs queries in sequence. Never rejects: a failure means a lost connection, and after reconnecting all are
   * repeated.
   */
  #query(sql: string, values: unknown[] = []): Promise<unknown> {
    const client = this.#client;
    this.#lastQuery = this.#lastQuery.then(() => client?.query(sql, values)).catch(() => undefined);
    return this.#lastQuery;
  }

  async #connect(first = true): Promise<void> {
    if (this.#stopping) return;
    const client = new FailFastClient({
      connectionString: this.settings.directUrl,
      application_name: 'bpoc_listen',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    const reconnect = () => {
      client.removeAllListeners('end');
      this.#client = null;
      if (!this.#stopping) this.#reconnect = setTimeout(() => void this.#connect(false), RECONNECT_MS);
    };
    client.on('error', (error) => this.#log.debug(`listener: ${error.message}`));
    client.on('notification', ({ channel, payload }) => this.#listeners.get(channel)?.onNotification(payload ?? ''));
    try {
      await client.connect();
    } catch {
      client.end().catch(() => undefined);
      return reconnect();
    }
    client.once('end', reconnect);
    this.#client = client;
    // All are queued in this tick. Later listeners find the connection and run their own query.
    for (const channel of this.#listeners.keys()) void this.#query(`listen ${channel}`);
    await this.#query(LOCK_SQL, [WATCH_LOCKS, [...this.#watched].map(watchKey)]);
    if (this.#stopping) client.end().catch(() => undefined);
    if (!first) for (const listener of this.#listeners.values()) listener.onReconnect?.();
  }
}

const LOCK_SQL = 'select pg_advisory_lock_shared($1::int, k) from unnest($2::int[]) as k';

/** The second key of an agency's lock. If two agencies collide, some notifications are needless. */
export function watchKey(agencyId: string): number {
  // The last 32 bits of a UUID are random in every version.
  return Number.parseInt(agencyId.slice(-8), 16) | 0;
}
