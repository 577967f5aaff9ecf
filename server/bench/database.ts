import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startLocalPostgres } from '../src/embedded/local-postgres.js';
import { migrate } from '../src/database/migrate.js';
import { rolesSql } from '../src/database/roles.js';

/*
 * The database of a run: the embedded PostgreSQL of `npm start`, in a temporary directory. A server without durable
 * writes is refused, because its figures would be worthless.
 */

/** Application name of the bench's own connections, whose statements are not counted. */
export const BENCH_NAME = 'bpoc-bench';

const MUST_BE_ON = ['fsync', 'synchronous_commit', 'full_page_writes'];
const SHOWN = [...MUST_BE_ON, 'wal_level', 'shared_buffers', 'max_wal_size', 'jit'];

export interface BenchDatabase {
  /** Machine, versions and settings, as the server reports them. */
  facts: Record<string, string>;
  describe(): string;
  /** The process id of the server. */
  pid: number;
  /** A new database with the current schema. */
  create(name: string): Promise<Schema>;
  stop(): Promise<void>;
}

export interface Schema {
  name: string;
  /** As the owner of the schema, like the application. */
  url: string;
  /** As superuser, which bypasses row-level security. */
  sql: <Row = Record<string, unknown>>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** As superuser, for work that needs its own session settings. */
  pool: pg.Pool;
}

/** @param serverUrl superuser URL of another server; null: the embedded one, in a temporary directory */
export async function startDatabase(serverUrl: string | null): Promise<BenchDatabase> {
  const server = serverUrl === null ? await startEmbedded() : otherServer(serverUrl);
  const superuser = superuserPool(server.superuserUrl);
  const schemas: Schema[] = [];
  const stop = once(async () => {
    for (const { pool, name } of schemas) {
      await pool.end();
      if (serverUrl !== null) await superuser.query(`drop database if exists ${name} with (force)`);
    }
    if (serverUrl !== null) await superuser.query(`drop role if exists ${server.login}`);
    await superuser.end();
    await server.stop();
  });
  try {
    const facts = await factsOf(superuser);
    const { rows } = await superuser.query<{ pid: string }>(`select pg_read_file('postmaster.pid') as pid`);
    return {
      facts,
      describe: () =>
        Object.entries(facts)
          .map(([name, value]) => `${name} ${value}`)
          .join(' · '),
      pid: Number.parseInt(rows[0]!.pid, 10),
      async create(name) {
        const schema = await createSchema(server, superuser, `bpoc_bench_${process.pid}_${name}`);
        schemas.push(schema);
        return schema;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Server {
  superuserUrl: string;
  login: string;
  password: string;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'bpoc-bench-'));
  const postgres = await startLocalPostgres({ dataDirectory: join(directory, 'postgres') });
  const { url, superuserUrl } = postgres;
  const { username: login, password } = new URL(url);
  return {
    superuserUrl,
    login,
    password,
    async stop() {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

function otherServer(superuserUrl: string): Server {
  const login = `bpoc_bench_${process.pid}`;
  return { superuserUrl, login, password: randomBytes(18).toString('hex'), stop: () => Promise.resolve() };
}

async function factsOf(superuser: pg.Pool): Promise<Record<string, string>> {
  const { rows } = await superuser.query<{ name: string; setting: string }>(
    `select name, current_setting(name) as setting from pg_settings
     where name = any($1) order by array_position($1, name)`,
    [SHOWN],
  );
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  const off = MUST_BE_ON.filter((name) => settings[name] !== 'on');
  if (off.length > 0) throw new Error(`${off.join(', ')} must be on: figures without durability are worthless`);
  const { rows: version } = await superuser.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  );
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: `${cores.length} (${cores[0]?.model.trim() ?? 'unknown'})`,
    node: process.version,
    postgresql: version[0]!.version,
    ...settings,
  };
}

async function createSchema(server: Server, superuser: pg.Pool, name: string): Promise<Schema> {
  await superuser.query(`create database ${name} encoding 'UTF8' template template0`);
  const asSuperuser = new URL(server.superuserUrl);
  asSuperuser.pathname = name;
  const pool = superuserPool(asSuperuser.href);
  for (const statement of rolesSql({ ...server, database: name })) await pool.query(statement);
  const asLogin = new URL(asSuperuser);
  [asLogin.username, asLogin.password] = [server.login, server.password];
  await migrate({ url: asLogin.href });
  return {
    name,
    url: asLogin.href,
    pool,
    sql: async (text, values = []) => (await pool.query(text, values)).rows as never,
  };
}

function superuserPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 2, application_name: BENCH_NAME });
  // Dropping a database by force cuts idle connections of the pool.
  pool.on('error', () => undefined);
  return pool;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
