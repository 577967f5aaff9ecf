import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import pg from 'pg';
import { Initial1769077800000 } from './migrations/1769077800000-initial.js';
import { EventsByAgency1769164200000 } from './migrations/1769164200000-events-by-agency.js';
import { Recoveries1769250600000 } from './migrations/1769250600000-recoveries.js';
import { DeliveriesByReason1769337000000 } from './migrations/1769337000000-deliveries-by-reason.js';
import { Erasure1769337600000 } from './migrations/1769337600000-erasure.js';
import { AuditRetention1769338200000 } from './migrations/1769338200000-audit-retention.js';
import { Alerts1769423400000 } from './migrations/1769423400000-alerts.js';
import { RecoveryProbes1769338800000 } from './migrations/1769338800000-recovery-probes.js';
import { Inboxes1769509800000 } from './migrations/1769509800000-inboxes.js';
import { CheaperDeliveries1769596200000 } from './migrations/1769596200000-cheaper-deliveries.js';
import { SettleOwed1769704000000 } from './migrations/1769704000000-settle-owed.js';
import { OddDeliveriesAlone1769705000000 } from './migrations/1769705000000-odd-deliveries-alone.js';
import { AttemptAnswers1769703000000 } from './migrations/1769703000000-attempt-answers.js';
import { RecoveryOutcomes1769703010000 } from './migrations/1769703010000-recovery-outcomes.js';
import { checkLogin } from './login-check.js';
import { createPartitions } from './partitions.js';

/** In the order in which they run; the database records them by the names of their classes. */
export const MIGRATIONS = [
  Initial1769077800000,
  EventsByAgency1769164200000,
  Recoveries1769250600000,
  DeliveriesByReason1769337000000,
  Erasure1769337600000,
  AuditRetention1769338200000,
  RecoveryProbes1769338800000,
  Alerts1769423400000,
  Inboxes1769509800000,
  CheaperDeliveries1769596200000,
  SettleOwed1769704000000,
  AttemptAnswers1769703000000,
  RecoveryOutcomes1769703010000,
  OddDeliveriesAlone1769705000000,
];

const CONNECT_TIMEOUT_MS = 30_000;

export interface MigrateOptions {
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

/** Brings the schema up to date and makes the partitions of the next days. Safe to run from many processes at once. */
export async function migrate({ url, progress }: MigrateOptions): Promise<void> {
  const owner = new pg.Client({
    connectionString: url,
    application_name: 'bpoc-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks rejects the query under way; without a listener it would end the process as well.
  owner.on('error', () => undefined);
  await owner.connect();
  try {
    await checkLogin(async (sql) => (await owner.query(sql)).rows);
    // One at a time: two replicas that start together must not both run CREATE TABLE.
    await owner.query('select pg_advisory_lock(hashtext($1))', ['bpoc_migrate']);
    const source = await ownerDataSource(url).initialize();
    try {
      for (const done of await source.runMigrations()) progress?.(`migrated: ${done.name}`);
    } finally {
      await source.destroy();
    }
    await makePartitions(owner, progress);
  } finally {
    await owner.end();
  }
}

/** Without a partition of its day a row lives in the default one, and retention tries again every hour: no reason not to start. */
async function makePartitions(owner: pg.Client, progress: MigrateOptions['progress']): Promise<void> {
  const failed = (what: string, error: Error) =>
    progress?.(`${what} could not be made, trying again later: ${error.message}`);
  await createPartitions(owner, Date.now(), { failed }).catch((error: Error) => failed('partitions', error));
}

/** The SQL of the migrations that have not run yet, for those who run it by hand. Changes nothing. */
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
