import type { ClientBase } from 'pg';
import { uuidFloor } from '../common/ids.js';

/*
 * Daily partitions, bounded by the UUIDv7s of midnights (UTC). Made ahead by migrate and by retention; run as the owner of the schema.
 * CREATE … LIKE and ATTACH instead of CREATE … PARTITION OF, which would take an ACCESS EXCLUSIVE lock on the parent.
 */

export const PARTITIONED_TABLES = [
  'webhook_events',
  'event_references',
  'webhook_deliveries',
  'webhook_attempts',
] as const;

const DAY_MS = 86_400_000;

/** A delivery is written twice, waiting and then delivered: with room for both on the page, the second needs no new index entries. */
const STORAGE: Partial<Record<string, string>> = { webhook_deliveries: 'with (fillfactor = 50)' };

/** `webhook_events_p20260122` for any moment of that day (UTC). */
export function partitionName(table: string, ms: number): string {
  return `${table}_p${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** Makes the partitions from yesterday to `daysAhead` days after `nowMs` that are not there yet. Returns the names made. */
export async function createPartitions(owner: ClientBase, nowMs: number, daysAhead = 3): Promise<string[]> {
  const made: string[] = [];
  // Replicas that start at once must not race for the same CREATE TABLE.
  await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_partitions']);
  try {
    for (let day = -1; day <= daysAhead; day++) {
      const start = Math.floor(nowMs / DAY_MS) * DAY_MS + day * DAY_MS;
      for (const table of PARTITIONED_TABLES) {
        const name = partitionName(table, start);
        if (await createPartition(owner, table, name, start)) made.push(name);
      }
    }
  } finally {
    await owner.query('select pg_advisory_unlock(hashtext($1))', ['bpoc_partitions']);
  }
  return made;
}

async function createPartition(owner: ClientBase, table: string, name: string, start: number): Promise<boolean> {
  const { rows } = await owner.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
  if (rows[0]?.there) return false;
  const sql = `
    create table ${name} (like ${table} including all) ${STORAGE[table] ?? ''};
    select protect_table('${name}');
    alter table ${table} attach partition ${name} for values from ('${uuidFloor(start)}') to ('${uuidFloor(start + DAY_MS)}');`;
  await owner.query(`begin; ${sql} commit;`).catch(async (error: unknown) => {
    await owner.query('rollback');
    throw error;
  });
  return true;
}

/**
 * Drops the partitions of days that ended more than `retentionDays` before `nowMs`, all four tables of a day together. A day with a
 * delivery that is still owed is kept. Returns the names dropped.
 */
export async function dropPartitions(owner: ClientBase, nowMs: number, retentionDays: number): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'webhook_deliveries'::regclass and c.relname ~ '_p[0-9]{8}$' order by 1`,
  );
  const dropped: string[] = [];
  for (const { name } of rows) {
    const day = name.slice(-8);
    const start = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
    if (start + DAY_MS > nowMs - retentionDays * DAY_MS || (await isOwed(owner, start))) continue;
    for (const table of PARTITIONED_TABLES) {
      const partition = partitionName(table, start);
      await owner.query(`drop table if exists ${partition}`);
      dropped.push(partition);
    }
  }
  return dropped;
}

async function isOwed(owner: ClientBase, dayStart: number): Promise<boolean> {
  // The owner sees no rows through row-level security; the service role does.
  await owner.query('set role bpoc_service');
  try {
    const { rows } = await owner.query<{ owed: boolean }>(
      'select exists (select from webhook_queue where delivery_id >= $1 and delivery_id < $2) as owed',
      [uuidFloor(dayStart), uuidFloor(dayStart + DAY_MS)],
    );
    return rows[0]!.owed;
  } finally {
    await owner.query('reset role');
  }
}
