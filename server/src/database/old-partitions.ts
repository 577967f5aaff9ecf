import type { ClientBase } from 'pg';
import { uuidFloor } from '../lib/ids.js';
import { inTransaction, PARTITIONED_TABLES, sqlError, type PartitionFailed } from './partitions.js';
import { DAY_MS } from '../lib/time.js';

/*
 * Drops old partitions. Invariant: the tables of a day go together or not at all, and never while one of its deliveries
 * is pending. Retention runs it as the owner of the schema.
 *
 * DROP TABLE of a partition takes an ACCESS EXCLUSIVE lock on its parent, behind which later queries queue, so it waits
 * for that lock only briefly and retries. DETACH … CONCURRENTLY is not possible with a default partition.
 */

const LOCK_TIMEOUT = '200ms';
const TRIES = 5;
const BETWEEN_TRIES_MS = 500;
/** lock_not_available and deadlock_detected. */
const BUSY_STATES = new Set(['55P03', '40P01']);

/**
 * Drops the partitions of days that ended more than `retentionDays` before `nowMs` and returns their names. A day that
 * has a pending delivery is kept. A day that cannot be dropped is reported to `failed` and kept until the next run.
 */
export async function dropPartitions(
  owner: ClientBase,
  nowMs: number,
  { retentionDays, failed }: { retentionDays: number; failed: PartitionFailed },
): Promise<string[]> {
  const dropped: string[] = [];
  for (const [day, names] of await days(owner)) {
    if (day + DAY_MS > nowMs - retentionDays * DAY_MS) continue;
    const gone = await dropWithRetry(owner, day, names).catch((error: unknown) => {
      failed(names.join(', '), sqlError(error));
      return false;
    });
    if (gone) dropped.push(...names);
  }
  return dropped;
}

/** Partitions of incomplete days, and tables that are named like a partition but not attached: no query reads them. */
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

/** Existing partitions by the start of their day, oldest first. */
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

async function dropWithRetry(owner: ClientBase, day: number, names: string[]): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      return await dropDay(owner, day, names);
    } catch (error) {
      if (tries >= TRIES || !BUSY_STATES.has((error as { code?: string }).code ?? '')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
  }
}

/** Returns false if a delivery of that day is pending. */
function dropDay(owner: ClientBase, day: number, names: string[]): Promise<boolean> {
  return inTransaction(owner, async () => {
    await owner.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    // A transaction that requeues one of its deliveries locks the parent until it commits, so its row is visible below.
    await owner.query(
      `lock table ${PARTITIONED_TABLES.map((table) => `only ${table}`).join(', ')} in access exclusive mode`,
    );
    if (await hasPending(owner, day)) return false;
    await owner.query(`drop table ${names.join(', ')}`);
    return true;
  });
}

async function hasPending(owner: ClientBase, day: number): Promise<boolean> {
  // Row-level security hides all rows from the owner, but not from the service role.
  await owner.query('set local role bpoc_service');
  const { rows } = await owner.query<{ pending: boolean }>(
    'select exists (select from webhook_queue where delivery_id >= $1 and delivery_id < $2) as pending',
    [uuidFloor(day), uuidFloor(day + DAY_MS)],
  );
  await owner.query('set local role none');
  return rows[0]!.pending;
}
