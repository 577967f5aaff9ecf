import type { ClientBase } from 'pg';
import { uuidFloor } from '../lib/ids.js';

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

export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

/** The column that the tables are partitioned by. */
export const PARTITION_KEY: Record<PartitionedTable, string> = {
  webhook_events: 'id',
  event_references: 'event_id',
  webhook_deliveries: 'id',
  webhook_attempts: 'delivery_id',
};

export const DAY_MS = 86_400_000;
export const DAYS_AHEAD = 3;

/** A delivery is written twice, waiting and then delivered: with room for both on the page, the second needs no new index entries. */
const STORAGE: Partial<Record<string, string>> = { webhook_deliveries: 'with (fillfactor = 50)' };

/** How long a lock is waited for: everybody who comes later waits behind whoever waits. What does not fit is tried again in an hour. */
const LOCK_TIMEOUT = '1s';
const TURN_TIMEOUT = '5s';

/** What could not be done to one partition; the others are not concerned. */
export type PartitionFailed = (partition: string, error: Error) => void;

export interface CreateOptions {
  daysAhead?: number;
  /** Default: throws. */
  failed?: PartitionFailed;
}

/** `webhook_events_p20260122` for any moment of that day (UTC). */
export function partitionName(table: string, ms: number): string {
  return `${table}_p${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/**
 * Makes the partitions from yesterday to `daysAhead` days after `nowMs` that are not there yet. Returns the names made. A partition that cannot be made
 * is told to `failed` and keeps nobody from making the others; until it is there, its rows live in the default partition.
 */
export async function createPartitions(
  owner: ClientBase,
  nowMs: number,
  { daysAhead = DAYS_AHEAD, failed = rethrow }: CreateOptions = {},
): Promise<string[]> {
  const made: string[] = [];
  await inTurn(owner, async () => {
    for (let day = -1; day <= daysAhead; day++) {
      const start = Math.floor(nowMs / DAY_MS) * DAY_MS + day * DAY_MS;
      for (const table of PARTITIONED_TABLES) {
        const name = partitionName(table, start);
        const done = createPartition(owner, table, name, start);
        if (await done.catch((error: unknown) => failed(name, refusalOnly(error)))) made.push(name);
      }
    }
  });
  return made;
}

/** One process at a time: replicas that start at once must not race for the same CREATE TABLE. */
export async function inTurn(owner: ClientBase, work: () => Promise<void>): Promise<void> {
  await owner.query(`set lock_timeout = '${TURN_TIMEOUT}'`);
  await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_partitions']);
  try {
    await work();
  } finally {
    await owner.query(`select pg_advisory_unlock(hashtext('bpoc_partitions'))`);
    await owner.query('reset lock_timeout');
  }
}

/** Without SQLSTATE the connection is broken, and so will be the next statement: that ends the round. */
export function refusalOnly(error: unknown): Error {
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
      create table ${name} (like ${table} including all) ${STORAGE[table] ?? ''};
      ${moveFromDefault({ table, name, columns }, bounds)}
      select protect_table('${name}');
      alter table ${table} attach partition ${name} for values from ('${bounds[0]}') to ('${bounds[1]}');`);
  });
  return true;
}

/**
 * Rows of a day that came before its partition are in the default one, and ATTACH refuses while they are. Not even the owner sees rows where row-level
 * security is forced; that it is not for a moment is seen by nobody: the lock, which ATTACH takes too, is held until the end.
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

/** All but those that the database works out itself. */
async function storedColumns(owner: ClientBase, table: PartitionedTable): Promise<string> {
  const { rows } = await owner.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  );
  return rows[0]!.columns;
}

/** Commits what `work` did, or nothing of it. */
export async function inTransaction<T>(owner: ClientBase, work: () => Promise<T>): Promise<T> {
  await owner.query('begin');
  try {
    const result = await work();
    await owner.query('commit');
    return result;
  } catch (error) {
    // Of a broken connection the server rolls back by itself; the first error says more.
    await owner.query('rollback').catch(() => undefined);
    throw error;
  }
}
