import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/*
 * A copy of the run's template (shared-database-setup.mjs) for the servers of one data folder, with schema and demo
 * agency, and without fsync. `database.json` in the folder says where it is; every server started on the folder uses
 * it.
 */

interface Shared {
  superuserUrl: string;
  login: string;
  keys: string;
}

interface Copy {
  name: string;
  url: string;
  superuserUrl: string;
  keys: string;
}

const fileOf = (dataDir: string): string => join(dataDir, 'database.json');

const readJson = (file: string): unknown => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null);

/** The database of a data folder; null for one with an embedded PostgreSQL. */
export const copyOf = (dataDir: string): Copy | null => readJson(fileOf(dataDir)) as Copy | null;

async function asSuperuser(url: string, statement: string): Promise<void> {
  const client = new pg.Client(`${url}/postgres`);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The SECRETS_KEYS of the run's template. */
export const runKeys = (): string => (readJson(join(process.env['E2E_RUN']!, 'shared.json')) as Shared).keys;

/** Gives an empty data folder a database of the run. Without one (`npm run screens`), servers start their own. */
export async function copyDatabase(dataDir: string): Promise<void> {
  const run = process.env['E2E_RUN'];
  if (run === undefined) return;
  const { superuserUrl, login, keys } = readJson(join(run, 'shared.json')) as Shared;
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await asSuperuser(superuserUrl, `create database ${name} template bpoc strategy file_copy owner bpoc`);
  const url = new URL(`${superuserUrl}/${name}`);
  [url.username, url.password] = ['bpoc', login];
  const copy: Copy = { name, url: url.href, superuserUrl: `${superuserUrl}/${name}`, keys };
  writeFileSync(fileOf(dataDir), JSON.stringify(copy), { mode: 0o600 });
  writeFileSync(join(dataDir, 'demo.json'), readFileSync(join(run, 'demo.json')), { mode: 0o600 });
}

/** An empty database of the run, for a service that publishes: its superuser's address, and a way to drop it. */
export async function emptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const { superuserUrl } = readJson(join(process.env['E2E_RUN']!, 'shared.json')) as Shared;
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await asSuperuser(superuserUrl, `create database ${name}`);
  const drop = () => asSuperuser(superuserUrl, `drop database if exists ${name} with (force)`);
  return { url: `${superuserUrl}/${name}`, drop };
}

export async function dropCopy(dataDir: string): Promise<void> {
  const copy = copyOf(dataDir);
  if (copy === null) return;
  await asSuperuser(copy.superuserUrl.replace(/\/[^/]*$/, ''), `drop database if exists ${copy.name} with (force)`);
}

/** Settings that the embedded database does not need. */
export function databaseEnv(dataDir: string): Record<string, string> {
  const copy = copyOf(dataDir);
  if (copy === null) return {};
  return { DATABASE_URL: copy.url, SECRETS_KEYS: copy.keys, ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8' };
}
