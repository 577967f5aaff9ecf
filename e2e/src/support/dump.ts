import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** The line of postmaster.pid that holds the port. */
const PORT_LINE = 3;

/** Every row of every table of a server's embedded database, read as its superuser: table name → rows as text. */
export async function dumpTables(dataDir: string): Promise<Map<string, string[]>> {
  const { superuser } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { superuser: string };
  const port = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[PORT_LINE]);
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: superuser, database: 'bpoc' });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition order by 1`,
    );
    const dump = new Map<string, string[]>();
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dump.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    return dump;
  } finally {
    await client.end();
  }
}

/** What the embedded database itself has logged. */
export function databaseLog(dataDir: string): string {
  const file = join(dataDir, 'postgres.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
