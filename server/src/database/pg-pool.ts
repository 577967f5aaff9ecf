import pg from 'pg';

/*
 * With pg's defaults a half-open connection hangs for ever, even after the network heals, and `query_timeout` alone returns the wedged
 * client to the pool. This client destroys its socket when a query times out, so the pool drops it and makes a new one.
 */

/** Longer than any statement of this product takes; a statement that waits longer waits for a dead peer. */
export const QUERY_TIMEOUT_MS = 10_000;

/** A connection that drops itself when a query gets no answer in time. */
export class ImpatientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super({ ...(typeof config === 'string' ? { connectionString: config } : config), query_timeout: QUERY_TIMEOUT_MS });
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const drop = (error: unknown) => {
      if (error instanceof Error && error.message === 'Query read timeout') {
        (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      }
    };
    this.query = ((...args: unknown[]) => {
      const result = query(...args);
      if (result instanceof Promise) result.catch(drop);
      return result;
    }) as typeof this.query;
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
