/** The `DatabaseSettings`. They are not part of ENV, because the embedded database has a URL only once it runs. */
export const DATABASE = Symbol('DATABASE');

export interface DatabaseSettings {
  /** For the login role. May go through PgBouncer. */
  url: string;
  /** Bypasses PgBouncer, for start-up options, LISTEN and session locks. */
  directUrl: string;
  poolSize: number;
  /** How long a request waits for a new connection. Default 3,000; tests allow more for busy machines. */
  connectTimeoutMs?: number;
}
