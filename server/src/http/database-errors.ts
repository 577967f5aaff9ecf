import { AppError } from '../lib/app-error.js';

/**
 * Transient SQLSTATEs: class 08 (connection), 53 (out of resources), 57P01–57P03 (shutting down, starting up), 25006 (a
 * standby).
 */
const UNAVAILABLE_STATES = /^(08...|53...|57P0[123]|25006)$/;
const UNAVAILABLE_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);
/** pg sets no code on these: a lost connection, a full pool, a dead peer. */
const UNAVAILABLE_MESSAGES = new RegExp(
  [
    '^(Connection terminated',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error)',
  ].join('|'),
);

/** SQLSTATEs of text that PostgreSQL cannot store, such as U+0000: a 400 even if it slipped through validation. */
const UNSTORABLE = new Set(['22021', '22P05']);

/** The error response for a database error; null if it is a bug. */
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

/**
 * The database is unavailable, restarting, or the connection broke: the request itself is fine, and the engine retries.
 */
export function isDatabaseAway(error: unknown): boolean {
  return refusalOfDatabase(error)?.code === 'database_unavailable';
}
