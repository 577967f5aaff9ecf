import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import pg from 'pg';
import { Schema1764460800000 } from './migrations/1764460800000-schema.js';
import { BootCheckError, checkLogin } from './boot-checks.js';
import { createPartitions } from './partitions.js';
import { FUNCTIONS } from './schema/functions.js';

const MIGRATIONS = [Schema1764460800000];

/** Names of the migrations that this code requires, as TypeORM records them. */
export const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map(({ name }) => name);

const CONNECT_TIMEOUT_MS = 30_000;

interface MigrateOptions {
  /** A connection as the owner of the schema. */
  url: string;
  progress?: (line: string) => void;
}

function ownerDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    applicationName: 'bpoc-migrate',
  });
}

/** Brings the schema up to date and creates the partitions of the next days. Safe to run concurrently. */
export async function migrate({ url, progress }: MigrateOptions): Promise<void> {
  const owner = new pg.Client({
    connectionString: url,
    application_name: 'bpoc-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A broken connection rejects the running query; without a listener it would also end the process.
  owner.on('error', () => undefined);
  await owner.connect();
  try {
    await checkLogin(async (sql) => (await owner.query(sql)).rows);
    // Two replicas that start together must not both run CREATE TABLE.
    await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_migrate']);
    await refuseUnreleased(owner);
    const source = await ownerDataSource(url).initialize();
    try {
      for (const done of await source.runMigrations()) progress?.(`migrated: ${done.name}`);
    } finally {
      await source.destroy();
    }
    if (await isNewer(owner)) progress?.('the database is of a newer release, whose functions stay as they are');
    else await owner.query(FUNCTIONS);
    await makePartitions(owner, progress);
  } finally {
    await owner.end();
  }
}

/** @throws BootCheckError for a database from before the first release, which has no upgrade path */
async function refuseUnreleased(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`);
  if (!rows[0]?.there) return;
  const { rowCount } = await owner.query(`select from migrations where name = 'Initial1769077800000'`);
  if (rowCount === 0) return;
  throw new BootCheckError(
    'This database was created by a version before the first release and cannot be upgraded: ' +
      'use an empty database, or an empty DATA_DIR.',
  );
}

/** A release beside which this one still runs has migrated it, and calls functions as it made them. */
async function isNewer(owner: pg.Client): Promise<boolean> {
  const { rowCount } = await owner.query('select from migrations where name <> all($1)', [MIGRATION_NAMES]);
  return rowCount! > 0;
}

/**
 * Never fails the start: rows without a partition for their day go to the default one, and retention retries
 * hourly.
 */
async function makePartitions(owner: pg.Client, progress: MigrateOptions['progress']): Promise<void> {
  const failed = (what: string, error: Error) =>
    progress?.(`${what} could not be created, will retry: ${error.message}`);
  await createPartitions(owner, Date.now(), { failed }).catch((error: Error) => failed('partitions', error));
}

/** The SQL of the pending migrations, for operators who run it by hand. Changes nothing. */
export async function pendingSql(url: string): Promise<string> {
  const source = await ownerDataSource(url).initialize();
  try {
    const [table] = await source.query<{ there: boolean }[]>(`select to_regclass('migrations') is not null as there`);
    const rows = table?.there ? await source.query<{ name: string }[]>('select name from migrations') : [];
    const done = rows.map((row) => row.name);
    const statements: string[] = [];
    const recorder = { query: async (sql: string) => void statements.push(sql.trim()) } as unknown as QueryRunner;
    for (const Migration of MIGRATIONS.filter((m) => !done.includes(m.name))) {
      statements.push(`-- ${Migration.name}`);
      await (new Migration() as MigrationInterface).up(recorder);
    }
    return statements.join('\n\n');
  } finally {
    await source.destroy();
  }
}
