import pg from 'pg';

/*
 * With pg's defaults a half-open connection hangs for ever, even after the network heals, and `query_timeout` alone returns the wedged
 * client to the pool. This client destroys its socket when a query times out, so the pool drops it and makes a new one.
 */

/** Longer than any statement of this product takes; a statement that waits longer waits for a dead peer. */
export const QUERY_TIMEOUT_MS = 10_000;

/** How long a goodbye may take: over a connection that is dead without knowing it, it is never answered. */
const GOODBYE_MS = 1_000;

/** A connection that drops itself when a query gets no answer in time: in `query_timeout`, or else 10 s. */
export class ImpatientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    const given = typeof config === 'string' ? { connectionString: config } : config;
    super({ ...given, query_timeout: given?.query_timeout ?? QUERY_TIMEOUT_MS });
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const drop = (error: unknown) => {
      if (error instanceof Error && error.message === 'Query read timeout') this.cut();
    };
    this.query = ((...args: unknown[]) => {
      const result = query(...args);
      if (result instanceof Promise) result.catch(drop);
      return result;
    }) as typeof this.query;
  }

  /** Ends the connection at once; what is under way rejects, and the server rolls it back. */
  cut(): void {
    (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  /** Ends the connection in good manners as far as that is quick. Never rejects. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.cut(), GOODBYE_MS);
    await this.end().catch(() => undefined);
    clearTimeout(timer);
  }
}

/** The pool that TypeORM is given through its `driver` option. */
export class ImpatientPool extends pg.Pool {
  constructor(config?: pg.PoolConfig) {
    super({ ...config, Client: ImpatientClient });
  }
}

/** `pg`, with the pool above in place of its own. */
export const impatientPg = { ...pg, Pool: ImpatientPool };
