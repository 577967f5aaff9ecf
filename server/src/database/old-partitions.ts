import type { ClientBase } from 'pg';
import { uuidFloor } from '../lib/ids.js';
import { DAY_MS, inTransaction, PARTITIONED_TABLES, refusalOnly, type PartitionFailed } from './partitions.js';

/*
 * The end of partitions. Invariant: the tables of a day go together or not at all, and never while one of its deliveries is owed. Run by
 * retention as the owner of the schema.
 *
 * DROP TABLE of a partition locks its parent against everybody, and who comes later waits behind it: so it waits for that lock only briefly, and tries
 * again. DETACH … CONCURRENTLY is refused where there is a default partition.
 */

const LOCK_TIMEOUT = '200ms';
const TRIES = 5;
const BETWEEN_TRIES_MS = 500;
/** The lock was not to be had in time, or the other side of a deadlock won. */
const BUSY_STATES = new Set(['55P03', '40P01']);

/**
 * Drops the partitions of days that ended more than `retentionDays` before `nowMs`, all tables of a day together. A day with a delivery that is still
 * owed is kept. A day that cannot be dropped is told to `failed` and kept for the next time. Returns the names dropped.
 */
export async function dropPartitions(
  owner: ClientBase,
  nowMs: number,
  { retentionDays, failed }: { retentionDays: number; failed: PartitionFailed },
): Promise<string[]> {
  const dropped: string[] = [];
  for (const [day, names] of await days(owner)) {
    if (day + DAY_MS > nowMs - retentionDays * DAY_MS) continue;
    const gone = await dropWithPatience(owner, day, names).catch((error: unknown) => {
      failed(names.join(', '), refusalOnly(error));
      return false;
    });
    if (gone) dropped.push(...names);
  }
  return dropped;
}

/** Tables of a day whose others are missing, and tables that look like a partition and are none. Nothing reads them, or not as a whole. */
export async function orphanPartitions(owner: ClientBase): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ $1
       and not exists (select from pg_inherits i where i.inhrelid = c.oid) order by 1`,
    [`^(${PARTITIONED_TABLES.join('|')})_p[0-9]{8}$`],
  );
  const incomplete = [...(await days(owner)).values()].filter((names) => names.length < PARTITIONED_TABLES.length);
  return [...rows.map((row) => row.name), ...incomplete.flat()].toSorted();
}

/** The partitions that there are, by the start of their day, oldest first. */
async function days(owner: ClientBase): Promise<Map<number, string[]>> {
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = any($1::regclass[]) and c.relname ~ '_p[0-9]{8}$' order by right(c.relname, 8), 1`,
    [PARTITIONED_TABLES],
  );
  const found = new Map<number, string[]>();
  for (const { name } of rows) {
    const day = name.slice(-8);
    const start = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
    found.set(start, [...(found.get(start) ?? []), name]);
  }
  return found;
}

async function dropWithPatience(owner: ClientBase, day: number, names: string[]): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      return await dropDay(owner, day, names);
    } catch (error) {
      if (tries >= TRIES || !BUSY_STATES.has((error as { code?: string }).code ?? '')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
  }
}

/** False: something of that day is owed. */
function dropDay(owner: ClientBase, day: number, names: string[]): Promise<boolean> {
  return inTransaction(owner, async () => {
    await owner.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    // Whoever made one of its deliveries owed again holds a lock on the parent until that is committed, and then it is seen.
    await owner.query(
      `lock table ${PARTITIONED_TABLES.map((table) => `only ${table}`).join(', ')} in access exclusive mode`,
    );
    if (await isOwed(owner, day)) return false;
    await owner.query(`drop table ${names.join(', ')}`);
    return true;
  });
}

async function isOwed(owner: ClientBase, day: number): Promise<boolean> {
  // The owner sees no rows through row-level security; the service role does.
  await owner.query('set local role bpoc_service');
  const { rows } = await owner.query<{ owed: boolean }>(
    'select exists (select from webhook_queue where delivery_id >= $1 and delivery_id < $2) as owed',
    [uuidFloor(day), uuidFloor(day + DAY_MS)],
  );
  await owner.query('set local role none');
  return rows[0]!.owed;
}
