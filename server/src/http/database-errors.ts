import { AppError } from '../lib/app-error.js';

/**
 * Transient SQLSTATEs: class 08 (connection), 53 (out of resources), 57P01–57P03 (shutting down, starting up), 25006 (a
 * standby).
 */
const UNAVAILABLE_STATES = /^(08...|53...|57P0[123]|25006)$/;
const UNAVAILABLE_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);
/** Errors to which pg gives no code: a lost connection, a full pool, a dead peer. */
const UNAVAILABLE_MESSAGES = new RegExp(
  [
    '^(Connection terminated',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error)',
  ].join('|'),
);

/** SQLSTATEs of text that PostgreSQL cannot store, such as U+0000: answered with 400 if validation missed it. */
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

/** Whether the database is unavailable or restarting, or the connection broke: the work itself is fine to retry. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return refusalOfDatabase(error)?.code === 'database_unavailable';
}
