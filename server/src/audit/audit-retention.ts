import type { ClientBase } from 'pg';
import { uuidFloor } from '../lib/ids.js';

const YEAR_MS = 365 * 86_400_000;

/**
 * Deletes the entries that are older than a year; `owner` is a connection as the owner of the schema. The database decides by its own clock: its
 * policy shows the owner nothing younger. The bound on the id (which carries the time) only saves reading the rest. Returns how many went.
 */
export async function dropAuditEntries(owner: ClientBase, nowMs: number): Promise<number> {
  const { rowCount } = await owner.query('delete from audit_log where id < $1', [uuidFloor(nowMs - YEAR_MS)]);
  return rowCount ?? 0;
}
