/** The database to use. Known before Nest starts: the embedded one has a URL only once it runs. */
export const DATABASE = Symbol('DATABASE');

export interface DatabaseSettings {
  /** As the login role; may go through PgBouncer. */
  url: string;
  /** Bypasses PgBouncer, for start-up options, LISTEN and session locks. */
  directUrl: string;
  poolSize: number;
  /** After it a request fails that waits for a new connection: 3,000 unless a test on a busy machine says more. */
  connectTimeoutMs?: number;
}
