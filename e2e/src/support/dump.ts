import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { withDatabase } from './database.js';

/** Every row of every table of a server's embedded database: table name → rows as text. */
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

/** What the embedded database itself has logged. */
export function databaseLog(dataDir: string): string {
  const file = join(dataDir, 'postgres.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
