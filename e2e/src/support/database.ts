import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { copyOf } from './shared-database.js';

/** The line of postmaster.pid that holds the port. */
const PORT_LINE = 3;

/** Port of the embedded database of a data folder. */
export function databasePort(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[PORT_LINE]);
}

/** The embedded database of a data folder, as its superuser. */
export function superuserUrl(dataDir: string): string {
  const { superuser } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { superuser: string };
  return `postgres://postgres:${superuser}@127.0.0.1:${databasePort(dataDir)}/bpoc`;
}

/** Runs `work` on the database of a data folder as its superuser, who bypasses row-level security. */
export const withDatabase = <T>(dataDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  withConnection(copyOf(dataDir)?.superuserUrl ?? superuserUrl(dataDir), work);

/** Runs `work` on one connection. */
export async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
