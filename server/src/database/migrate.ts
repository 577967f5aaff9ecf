import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { ClientBase } from 'pg';
import { Schema1764460800000 } from './migrations/1764460800000-schema.js';
import { BootCheckError, checkLogin } from './boot-checks.js';
import { createPartitions } from './partitions.js';
import { FUNCTIONS } from './schema/functions.js';
import { withClient } from './with-client.js';

const MIGRATIONS = [Schema1764460800000];

/** Names of the migrations that this code requires, as TypeORM records them. */
const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map(({ name }) => name);

const CONNECT_TIMEOUT_MS = 30_000;
const APPLICATION = 'bpoc-migrate';

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
    applicationName: APPLICATION,
  });
}

type Query = <Row>(sql: string) => Promise<Row[]>;

/** The migrations that a database has; none if it has no tables yet. */
async function appliedMigrations(query: Query): Promise<string[]> {
  const [table] = await query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`);
  const rows = table?.there ? await query<{ name: string }>('select name from migrations') : [];
  return rows.map(({ name }) => name);
}

/** The migrations that this code requires and a database lacks. `query` runs as the owner of the schema. */
export async function missingMigrations(query: Query): Promise<string[]> {
  const applied = await appliedMigrations(query);
  return MIGRATION_NAMES.filter((name) => !applied.includes(name));
}

/** Brings the schema up to date and creates the partitions of the next days. Safe to run concurrently. */
export function migrate({ url, progress }: MigrateOptions): Promise<void> {
  const config = { connectionString: url, application_name: APPLICATION, connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
  return withClient({ ...config, keepAlive: true }, async (owner) => {
    const query = async <Row>(sql: string) => (await owner.query(sql)).rows as Row[];
    await checkLogin(query);
    // Two replicas that start together must not both run CREATE TABLE.
    await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_migrate']);
    refuseUnreleased(await appliedMigrations(query));
    const source = await ownerDataSource(url).initialize();
    try {
      for (const done of await source.runMigrations()) progress?.(`migrated: ${done.name}`);
    } finally {
      await source.destroy();
    }
    // A newer release, beside which this one still runs, has migrated the database and calls its own functions.
    const isNewer = (await appliedMigrations(query)).some((name) => !MIGRATION_NAMES.includes(name));
    if (isNewer) progress?.('the database is of a newer release, whose functions stay as they are');
    else await owner.query(FUNCTIONS);
    await makePartitions(owner, progress);
  });
}

/** @throws BootCheckError for a database from before the first release, which has no upgrade path */
function refuseUnreleased(applied: string[]): void {
  if (!applied.includes('Initial1769077800000')) return;
  throw new BootCheckError(
    'This database was created by a version before the first release and cannot be upgraded: ' +
      'use an empty database, or an empty DATA_DIR.',
  );
}

/**
 * Never fails the start: rows without a partition for their day go to the default one, and retention retries hourly.
 */
async function makePartitions(owner: ClientBase, progress: MigrateOptions['progress']): Promise<void> {
  const failed = (what: string, error: Error) =>
    progress?.(`${what} could not be created, will retry: ${error.message}`);
  await createPartitions(owner, Date.now(), { failed }).catch((error: Error) => failed('partitions', error));
}

/** The SQL of the pending migrations, for operators who run it by hand. Changes nothing. */
export async function pendingSql(url: string): Promise<string> {
  const source = await ownerDataSource(url).initialize();
  try {
    const missing = await missingMigrations((sql) => source.query(sql));
    const statements: string[] = [];
    const recorder = { query: async (sql: string) => void statements.push(sql.trim()) } as unknown as QueryRunner;
    for (const Migration of MIGRATIONS.filter(({ name }) => missing.includes(name))) {
      statements.push(`-- ${Migration.name}`);
      await (new Migration() as MigrationInterface).up(recorder);
    }
    return statements.join('\n\n');
  } finally {
    await source.destroy();
  }
}
