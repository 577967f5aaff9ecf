/** Which database to use, found out before Nest starts: the embedded one has an address only when it runs. */
export const DATABASE = Symbol('DATABASE');

export interface DatabaseSettings {
  /** As the login role; may lead through PgBouncer. */
  url: string;
  /** The same without PgBouncer: start-up options, LISTEN and session locks work. */
  directUrl: string;
  poolSize: number;
}
