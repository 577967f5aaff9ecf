import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DATABASE, type DatabaseSettings } from './database-settings.js';
import { ImpatientClient } from './pg-pool.js';

/*
 * The one connection of a process that listens. Notifications are hints: losing the connection loses some, so it comes back when it can and
 * then says so to whoever listens. It also holds what this process watches: a shared advisory lock for each agency. Locks end with their
 * session, so whoever would notify looks at pg_locks and learns, without any table to tidy up after crashes, whether anybody would hear it.
 */

/** First key of the advisory locks of watchers; the second one is `watchKey`. */
export const WATCH_LOCKS = 0x62706f63;

const RECONNECT_MS = 1_000;
const HEARTBEAT_MS = 30_000;

export interface Listener {
  hear(payload: string): void;
  /** Connected again: what was said in between is lost. */
  again?(): void;
}

@Injectable()
export class Notifications implements OnApplicationShutdown {
  readonly #log = new Logger('Notifications');
  readonly #listeners = new Map<string, Listener>();
  readonly #watched = new Set<string>();
  #client: ImpatientClient | null = null;
  #asked: Promise<unknown> = Promise.resolve();
  #heartbeat: NodeJS.Timeout | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #started = false;
  #stopping = false;

  constructor(@Inject(DATABASE) private readonly settings: DatabaseSettings) {}

  /** Hears a channel from now on; one listener each. */
  listen(channel: string, listener: Listener): void {
    this.#listeners.set(channel, listener);
    if (this.#started) void this.#ask(`listen ${channel}`);
    else this.#start();
  }

  /** Says to all processes that this one wants to know about the agency. Without a connection it is said as soon as there is one. */
  async watch(agencyId: string): Promise<void> {
    this.#watched.add(agencyId);
    await this.#ask(LOCK_SQL, [WATCH_LOCKS, [watchKey(agencyId)]]);
  }

  async unwatch(agencyId: string): Promise<void> {
    if (!this.#watched.delete(agencyId)) return;
    await this.#ask('select pg_advisory_unlock_shared($1::int, $2::int)', [WATCH_LOCKS, watchKey(agencyId)]);
  }

  onApplicationShutdown(): void {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#reconnect);
    // Not awaited: over a connection that is dead without knowing it, the goodbye would never be answered.
    this.#client?.end().catch(() => undefined);
  }

  #start(): void {
    this.#started = true;
    // One turn later, so that all who listen from the start are in the first round.
    setImmediate(() => void this.#connect());
    // A listener only waits, so it would never notice that its connection is dead: a query that gets no answer drops it.
    this.#heartbeat = setInterval(() => void this.#ask('select 1'), HEARTBEAT_MS);
  }

  /** One question after the other. Never rejects: one that fails has lost the connection, and the next one asks it all again. */
  #ask(sql: string, values: unknown[] = []): Promise<unknown> {
    const client = this.#client;
    this.#asked = this.#asked.then(() => client?.query(sql, values)).catch(() => undefined);
    return this.#asked;
  }

  async #connect(first = true): Promise<void> {
    if (this.#stopping) return;
    const client = new ImpatientClient({
      connectionString: this.settings.directUrl,
      application_name: 'bpoc_listen',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    const again = () => {
      client.removeAllListeners('end');
      this.#client = null;
      if (!this.#stopping) this.#reconnect = setTimeout(() => void this.#connect(false), RECONNECT_MS);
    };
    client.on('error', (error) => this.#log.debug(`listener: ${error.message}`));
    client.on('notification', ({ channel, payload }) => this.#listeners.get(channel)?.hear(payload ?? ''));
    try {
      await client.connect();
    } catch {
      client.end().catch(() => undefined);
      return again();
    }
    client.once('end', again);
    this.#client = client;
    // All asked in this turn: whoever joins later finds the connection and asks for himself.
    for (const channel of this.#listeners.keys()) void this.#ask(`listen ${channel}`);
    await this.#ask(LOCK_SQL, [WATCH_LOCKS, [...this.#watched].map(watchKey)]);
    if (this.#stopping) client.end().catch(() => undefined);
    if (!first) for (const listener of this.#listeners.values()) listener.again?.();
  }
}

const LOCK_SQL = 'select pg_advisory_lock_shared($1::int, k) from unnest($2::int[]) as k';

/** Second key of an agency's lock. Two agencies may share one: then both are told of a little more often than needed. */
export function watchKey(agencyId: string): number {
  // The end of a UUID is random in every version.
  return Number.parseInt(agencyId.slice(-8), 16) | 0;
}
