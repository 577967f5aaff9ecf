import { refusalOfDatabase } from '../../http/database-errors.js';

/** The database is away, restarting, or the connection broke: nothing is wrong with what was asked, and the engine outlasts it. */
export function isDatabaseAway(error: unknown): boolean {
  return refusalOfDatabase(error)?.code === 'database_unavailable';
}
