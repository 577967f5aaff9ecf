import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { setPasswordCost } from '../src/auth/sessions/password.js';
import { withLock } from '../src/embedded/local-postgres-owners.js';
import { rolesSql } from '../src/database/roles.js';
import { runName } from './test-run.mjs';

/*
 * One PostgreSQL per jest run, started by the first spec that needs it, shared by all workers, stopped by
 * global-teardown.mjs. The migrations run once, into a template, which is copied for each test database. With
 * TEST_DATABASE_URL (superuser URL of another server, 15 or newer) the specs run there.
 */

/** A password hash takes 10 ms instead of 340. Set here, because every test application starts with a database. */
const CHEAP = { log2N: 10, r: 8, p: 1 };

const PREPARE_WAIT_MS = 60_000;

export interface TestDatabase {
  /** As the owner of the schema, subject to row-level security. */
  url: string;
  /** As superuser, which bypasses row-level security. */
  superuserUrl: string;
  /** Closes its connections and drops it. The end of the run removes the rest with the server. */
  drop(): Promise<void>;
}

/** Shared by the workers of a run, in `server.json` of the run's directory. */
interface TestServer {
  superuserUrl: string;
  login: string;
  password: string;
  template: string;
}

/** A new database with the current schema and no rows. */
export async function createTestDatabase(): Promise<TestDatabase> {
  setPasswordCost(CHEAP);
  const server = await testServer();
  const name = `${server.template}_${randomBytes(6).toString('hex')}`;
  await asSuperuser(
    server.superuserUrl,
    `create database ${name} template ${server.template} strategy file_copy owner ${server.login}`,
  );
  return {
    url: withDatabase(server.superuserUrl, name, server),
    superuserUrl: withDatabase(server.superuserUrl, name),
    drop: () => dropDatabase(server.superuserUrl, name),
  };
}

const CLOSE_TIMEOUT_MS = 2_000;

/** Waits for open connections: a pool's end() does not, and cutting one while it closes fails some test. */
async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  const until = Date.now() + CLOSE_TIMEOUT_MS;
  const client = new Client(superuserUrl);
  await client.connect();
  try {
    for (let open = 1; open > 0 && Date.now() < until;) {
      const { rows } = await client.query<{ open: number }>(
        'select count(*)::int as open from pg_stat_activity where datname = $1',
        [name],
      );
      open = rows[0]!.open;
      if (open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
}

async function testServer(): Promise<TestServer> {
  const directory = process.env['BPOC_TEST_RUN'];
  if (!directory) throw new Error('BPOC_TEST_RUN is not set: jest.config.js must name test/global-setup.mjs.');
  const file = join(directory, 'server.json');
  return (
    (await readServer(file)) ??
    withLock(join(directory, 'prepare.lock'), PREPARE_WAIT_MS, async () => {
      const prepared = (await readServer(file)) ?? (await prepareServer(directory));
      await writeFile(`${file}.new`, JSON.stringify(prepared), { mode: 0o600 });
      await rename(`${file}.new`, file);
      return prepared;
    })
  );
}

async function readServer(file: string): Promise<TestServer | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as TestServer);
}

async function prepareServer(directory: string): Promise<TestServer> {
  const superuserUrl = process.env['TEST_DATABASE_URL'] ?? (await startEmbedded(directory));
  // Unique to this run: several runs may share the server of TEST_DATABASE_URL.
  const template = runName(directory);
  const server = { superuserUrl, login: template, password: randomBytes(18).toString('hex'), template };
  // A failed migration of an earlier spec leaves an incomplete template.
  await asSuperuser(superuserUrl, `drop database if exists ${template} with (force)`);
  await asSuperuser(superuserUrl, `create database ${template} encoding 'UTF8' template template0`);
  await asSuperuser(withDatabase(superuserUrl, template), ...rolesSql({ ...server, database: template }));
  const { migrate } = await import('../src/database/migrate.js');
  await migrate({ url: withDatabase(superuserUrl, template, server) });
  // A connection to the template would make "create database" fail.
  await asSuperuser(superuserUrl, `alter database ${template} with allow_connections false`);
  return server;
}

/** Not stopped here: the worker that starts it may finish long before the others. */
async function startEmbedded(directory: string): Promise<string> {
  const { startLocalPostgres } = await import('../src/embedded/local-postgres.js');
  const settings = {
    ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
    // An application opens ten connections, and each hashes its password on both sides.
    scram_iterations: '1',
  };
  return (await startLocalPostgres({ dataDirectory: join(directory, 'postgres'), settings })).superuserUrl;
}

function withDatabase(url: string, database: string, as?: { login: string; password: string }): string {
  const changed = new URL(url);
  changed.pathname = database;
  if (as) [changed.username, changed.password] = [as.login, as.password];
  return changed.href;
}

async function asSuperuser(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'bpoc-test' });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
