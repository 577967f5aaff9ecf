import type { ClientBase } from 'pg';
import { uuidFloor } from '../lib/ids.js';

const YEAR_MS = 365 * 86_400_000;

/**
 * Deletes entries older than a year and returns their number; `owner` is a connection as the owner of the schema. The
 * database decides by its own clock: its policy hides younger rows from the owner. The bound on the id (which contains
 * the time) only saves reading them.
 */
export async function dropAuditEntries(owner: ClientBase, nowMs: number): Promise<number> {
  const { rowCount } = await owner.query('delete from audit_log where id < $1', [uuidFloor(nowMs - YEAR_MS)]);
  return rowCount ?? 0;
}
