/** The embedded PostgreSQL cannot run; the message is for the person who started it. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
}
