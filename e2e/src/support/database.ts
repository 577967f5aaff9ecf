import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** The line of postmaster.pid that holds the port. */
const PORT_LINE = 3;

/** Port of the embedded database of a data folder. */
export function databasePort(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[PORT_LINE]);
}

/** Works with a server's embedded database as its superuser, whom row-level security does not concern. */
export async function withDatabase<T>(dataDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { superuser } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { superuser: string };
  const client = new pg.Client({
    host: '127.0.0.1',
    port: databasePort(dataDir),
    user: 'postgres',
    password: superuser,
    database: 'bpoc',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
