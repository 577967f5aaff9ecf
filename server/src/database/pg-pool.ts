import pg from 'pg';

/*
 * With pg's defaults a half-open connection hangs forever, even after the network recovers, and with `query_timeout`
 * alone the hanging client returns to the pool. This client destroys its socket when a query times out, so that the
 * pool replaces it.
 *
 * Client and pool also release the parameters of a finished query. pg keeps them until the next full garbage
 * collection: those of all statements added up, several kB per event.
 */

/** Longer than any statement of this product takes. After that the peer must be dead. */
const QUERY_TIMEOUT_MS = 10_000;

/** A half-open connection never answers Terminate. */
const CLOSE_TIMEOUT_MS = 1_000;

/** A connection that closes when a query takes longer than `query_timeout`, by default 10 s. */
export class FailFastClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    const given = typeof config === 'string' ? { connectionString: config } : config;
    super({ ...given, query_timeout: given?.query_timeout ?? QUERY_TIMEOUT_MS });
    // Between two statements of a transaction there is no query to reject, and an error without a listener ends the
    // process.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as Query;
    const cutIfDead = (error: unknown) => {
      if (error instanceof Error && error.message === 'Query read timeout') this.cut();
    };
    this.query = ((...args: unknown[]) => releasingParameters(query, args, cutIfDead)) as typeof this.query;
  }

  /** Closes the connection at once: running queries reject, and the server rolls back. */
  cut(): void {
    (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  /** Closes the connection gracefully, or by force after a second. Never rejects. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
    await this.end().catch(() => undefined);
    clearTimeout(timer);
  }
}

/** Passed to TypeORM through its `driver` option. */
export class FailFastPool extends pg.Pool {
  constructor(config?: pg.PoolConfig) {
    super({ ...config, Client: FailFastClient });
    const query = this.query.bind(this) as Query;
    this.query = ((...args: unknown[]) => releasingParameters(query, args)) as typeof this.query;
  }
}

/** `pg` with the pool above. */
export const failFastPg = { ...pg, Pool: FailFastPool };

type Query = (...args: unknown[]) => unknown;
type Callback = (error?: unknown, result?: unknown) => void;

/** Runs a query with a copy of its parameters, which is emptied when it has finished. */
function releasingParameters(query: Query, args: unknown[], onEnd: Callback = () => undefined): unknown {
  const [config, values] = args as [string | pg.QueryConfig<unknown[]>, unknown];
  const callback = args.findLast((arg) => typeof arg === 'function') as Callback | undefined;
  const given = typeof config === 'string' ? { text: config } : config;
  const own = [...((Array.isArray(values) ? values : given.values) ?? [])] as unknown[];
  const asked = { ...given, ...(own.length > 0 && { values: own }) };
  const ended: Callback = (error) => {
    own.length = 0;
    onEnd(error);
  };
  if (callback) {
    return query(asked, (error: unknown, result: unknown) => {
      ended(error);
      callback(error, result);
    });
  }
  const result = query(asked) as Promise<unknown>;
  result.then(() => ended(), ended);
  return result;
}
