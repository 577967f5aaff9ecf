import type { ClientBase } from 'pg';
import { DAY_MS } from '../lib/time.js';
import { uuidFloor } from '../lib/ids.js';

/*
 * Daily partitions, bounded by the UUIDv7s of midnights (UTC). Migrations and retention create them in advance, as the
 * owner of the schema, with CREATE … LIKE and ATTACH: CREATE … PARTITION OF would take an ACCESS EXCLUSIVE lock on the
 * parent.
 */

export const PARTITIONED_TABLES = ['webhook_events', 'webhook_deliveries', 'webhook_attempts'] as const;

export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

/** Partition column of each table. */
export const PARTITION_KEY: Record<PartitionedTable, string> = {
  webhook_events: 'id',
  webhook_deliveries: 'id',
  webhook_attempts: 'delivery_id',
};

export const DAYS_AHEAD = 3;

/** Short, because later queries queue behind a waiting lock request. Retention retries after an hour. */
const LOCK_TIMEOUT = '1s';
const ADVISORY_LOCK_TIMEOUT = '5s';

/** Called for each partition that failed, while the others go on. */
export type PartitionFailed = (partition: string, error: Error) => void;

interface CreateOptions {
  daysAhead?: number;
  /** Default: throws. */
  failed?: PartitionFailed;
}

/** `webhook_events_p20260122` for any moment of that day (UTC). */
export function partitionName(table: string, ms: number): string {
  return `${table}_p${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/**
 * Creates the missing partitions from yesterday to `daysAhead` days after `nowMs`, and returns their names. One that
 * fails is reported to `failed`. Until it exists, its rows go to the default partition.
 */
export async function createPartitions(
  owner: ClientBase,
  nowMs: number,
  { daysAhead = DAYS_AHEAD, failed = rethrow }: CreateOptions = {},
): Promise<string[]> {
  const made: string[] = [];
  await withPartitionLock(owner, async () => {
    for (let day = -1; day <= daysAhead; day++) {
      const start = Math.floor(nowMs / DAY_MS) * DAY_MS + day * DAY_MS;
      for (const table of PARTITIONED_TABLES) {
        const name = partitionName(table, start);
        const done = createPartition(owner, table, name, start);
        if (await done.catch((error: unknown) => failed(name, sqlError(error)))) made.push(name);
      }
    }
  });
  return made;
}

/** Replicas that start together must not race for the same CREATE TABLE. */
export async function withPartitionLock(owner: ClientBase, work: () => Promise<void>): Promise<void> {
  await owner.query(`set lock_timeout = '${ADVISORY_LOCK_TIMEOUT}'`);
  await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_partitions']);
  try {
    await work();
  } finally {
    await owner.query(`select pg_advisory_unlock(hashtext('bpoc_partitions'))`);
    await owner.query('reset lock_timeout');
  }
}

/** Rethrows errors without SQLSTATE: the connection is broken, so every further statement would fail too. */
export function sqlError(error: unknown): Error {
  if (error instanceof Error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))) return error;
  throw error;
}

function rethrow(_partition: string, error: Error): never {
  throw error;
}

async function createPartition(owner: ClientBase, table: PartitionedTable, name: string, start: number) {
  const { rows } = await owner.query<{ there: boolean }>(
    'select exists (select from pg_inherits where inhrelid = to_regclass($1)) as there',
    [name],
  );
  if (rows[0]?.there) return false;
  const bounds = [uuidFloor(start), uuidFloor(start + DAY_MS)] as const;
  const columns = await storedColumns(owner, table);
  await inTransaction(owner, async () => {
    await owner.query(`
      set local lock_timeout = '${LOCK_TIMEOUT}';
      create table ${name} (like ${table} including all);
      ${moveFromDefault({ table, name, columns }, bounds)}
      select protect_table('${name}');
      alter table ${table} attach partition ${name} for values from ('${bounds[0]}') to ('${bounds[1]}');`);
  });
  return true;
}

/**
 * Rows that came before their partition are in the default one, and ATTACH fails while they are there. Not even the
 * owner sees rows under FORCE, so it is suspended. No other session can observe that: the lock, which ATTACH needs
 * anyway, is held until the end.
 */
function moveFromDefault(
  { table, name, columns }: { table: PartitionedTable; name: string; columns: string },
  [from, to]: readonly [string, string],
): string {
  const there = `${PARTITION_KEY[table]} >= '${from}' and ${PARTITION_KEY[table]} < '${to}'`;
  return `
    alter table ${table}_default no force row level security;
    insert into ${name} (${columns}) select ${columns} from ${table}_default where ${there};
    delete from ${table}_default where ${there};
    alter table ${table}_default force row level security;`;
}

/** All columns except generated ones. */
async function storedColumns(owner: ClientBase, table: PartitionedTable): Promise<string> {
  const { rows } = await owner.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  );
  return rows[0]!.columns;
}

/** Runs `work` in a transaction. */
export async function inTransaction<T>(owner: ClientBase, work: () => Promise<T>): Promise<T> {
  await owner.query('begin');
  try {
    const result = await work();
    await owner.query('commit');
    return result;
  } catch (error) {
    // If the connection is broken the server rolls back anyway. The first error is the useful one.
    await owner.query('rollback').catch(() => undefined);
    throw error;
  }
}
