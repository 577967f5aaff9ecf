import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { withDatabase } from './database.js';

/** Every row of every table of a server's database: table name → rows as text. */
export function dumpTables(dataDir: string): Promise<Map<string, string[]>> {
  return withDatabase(dataDir, dumpOf);
}

/** The same through a connection of a login that sees every row. */
export async function dumpOf(client: pg.Client): Promise<Map<string, string[]>> {
  const tables = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  const dump = new Map<string, string[]>();
  for (const { name } of tables.rows) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    dump.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return dump;
}

/** What the run's PostgreSQL itself has logged, of the databases of all specs. */
export const databaseLog = (): string => readFileSync(join(process.env['E2E_RUN']!, 'postgres.log'), 'utf8');
