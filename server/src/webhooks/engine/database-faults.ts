import { refusalOfDatabase } from '../../http/database-errors.js';

/* Which errors of the database the engine outlasts. Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */

/** The database is away, restarting, or the connection broke: nothing is wrong with what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  return refusalOfDatabase(error)?.code === 'database_unavailable';
}

/** Runs again after a deadlock or serialization failure, a few times: the same statement then simply works. */
export async function repeating<T>(work: () => Promise<T>, times = 5): Promise<T> {
  for (let left = times; ; left--) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (left <= 1 || (code !== '40P01' && code !== '40001')) throw error;
    }
  }
}
