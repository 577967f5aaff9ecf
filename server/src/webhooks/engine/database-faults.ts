import { refusalOfDatabase } from '../../http/database-errors.js';

/**
 * The database is unavailable, restarting, or the connection broke: the request itself is fine, and the engine retries.
 */
export function isDatabaseAway(error: unknown): boolean {
  return refusalOfDatabase(error)?.code === 'database_unavailable';
}
