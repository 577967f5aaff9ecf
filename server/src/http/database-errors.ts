import { AppError } from '../lib/app-error.js';

/** SQLSTATEs that mean "not now": class 08 (connection), 53 (out of resources), 57P01–57P03 (shutting down, starting up), 25006 (a standby). */
const UNAVAILABLE_STATES = /^(08...|53...|57P0[123]|25006)$/;
const UNAVAILABLE_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);
/** pg gives these no code: a lost connection, a full pool, a dead peer. */
const UNAVAILABLE_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** SQLSTATEs of text that PostgreSQL cannot store, U+0000 above all. Whoever sends it gets a 400 wherever it slipped through validation. */
const UNSTORABLE = new Set(['22021', '22P05']);

/** The refusal that a database error stands for, or null when it is a fault of ours. */
export function refusalOfDatabase(error: unknown): AppError | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNSTORABLE.has(code)) {
    return new AppError('bad_request', 'The request holds a character that cannot be stored (U+0000).', {
      cause: error,
    });
  }
  if (UNAVAILABLE_STATES.test(code) || UNAVAILABLE_SYSTEM.has(code) || UNAVAILABLE_MESSAGES.test(error.message)) {
    return new AppError('database_unavailable', 'The database cannot be reached at the moment. Try again shortly.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  return null;
}
