import { mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ClientBase } from 'pg';
import { findBinaries, LocalPostgresError } from './local-postgres-binaries.js';
import {
  createCluster,
  chownTo,
  hasCluster,
  readPasswords,
  SUPERUSER,
  type ClusterPaths,
} from './local-postgres-cluster.js';
import { joinUsers, liveOwners, withLock } from './local-postgres-owners.js';
import { findServer, launchServer, stopServer, waitUntilReady, type ServerState } from './local-postgres-process.js';
import { chooseRunAs, type RootMethod } from './local-postgres-run-as.js';
import { rolesSql } from '../database/roles.js';
import { withClient } from '../database/with-client.js';

/*
 * The PostgreSQL of `npm start` and the tests: a real server from an npm package. It survives a kill of node, and the
 * next start adopts it. Processes that use the same directory share it, and the last one to stop ends it.
 */

const LOGIN = 'bpoc';
const DATABASE = 'bpoc';
const DEFAULT_START_TIMEOUT_MS = 60_000;
const STOP_LOCK_WAIT_MS = 60_000;

/** Settings that differ from PostgreSQL's defaults, or must not depend on them. Durability settings stay on. */
const SETTINGS = {
  max_connections: '100',
  shared_buffers: '128MB',
  // A query without partition pruning locks every partition and all their indexes, which exceeds the default of 64.
  max_locks_per_transaction: '256',
  // In queries over many partitions that take 5 ms, compilation would add 100 ms.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface LocalPostgres {
  /** For the application: the login role `bpoc`, owner of the database `bpoc`, no superuser. */
  url: string;
  /** The same database as superuser. */
  superuserUrl: string;
  dataDirectory: string;
  port: number;
  /** Whether the server was already running, for another process or left by a killed one. */
  adopted: boolean;
  /**
   * Ends this use; the last one stops the server. Idempotent. @throws LocalPostgresError if the server does not stop
   */
  stop(): Promise<void>;
}

export interface LocalPostgresOptions {
  /** Created if missing. Next to it: `.json` (passwords), `.log`, `.users/` and, briefly, `.lock/` and `.initdb-*`. */
  dataDirectory: string;
  progress?: (line: string) => void;
  /** For the whole start, including initdb and waiting for another process. Default 60 s. */
  startTimeoutMs?: number;
  /** Additional postgresql.conf settings. A running server keeps those it was started with. */
  settings?: Record<string, string>;
  /** How root runs the server. Default: the first method that works. */
  runAs?: RootMethod;
}

/**
 * Starts the embedded PostgreSQL, or joins the one that runs on this directory.
 * @throws LocalPostgresError with one sentence, followed by the end of the server's log where that helps
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const deadline = Date.now() + (options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS);
  const paths = await pathsOf(options.dataDirectory);
  return withLock(paths.lock, deadline - Date.now(), async () => {
    const leave = await joinUsers(paths.users);
    try {
      const running = await adoptServer(paths, deadline);
      const server = running ?? (await startServer(paths, options, deadline));
      const urls = await connectionUrls(paths, server.port);
      await ensureDatabase(urls);
      options.progress?.(`PostgreSQL ${running ? 'was already running' : 'is running'} on 127.0.0.1:${server.port}`);
      let stopped: Promise<void> | undefined;
      const stop = () => (stopped ??= withLock(paths.lock, STOP_LOCK_WAIT_MS, () => leaveServer(paths, leave)));
      return { ...urls, dataDirectory: paths.data, port: server.port, adopted: running !== null, stop };
    } catch (error) {
      // Report the first error, not one of cleaning up.
      await leaveServer(paths, leave).catch(() => undefined);
      throw error;
    }
  });
}

/** The path is canonical, because the server is recognised by the path on its command line. */
async function pathsOf(dataDirectory: string): Promise<ClusterPaths> {
  const wanted = resolve(dataDirectory);
  await mkdir(dirname(wanted), { recursive: true });
  const data = await realpath(wanted).catch(async () => join(await realpath(dirname(wanted)), basename(wanted)));
  return { data, passwords: `${data}.json`, log: `${data}.log`, lock: `${data}.lock`, users: `${data}.users` };
}

/** The running server of the directory, once it is ready; null if there is none or it has just stopped. */
async function adoptServer({ data }: ClusterPaths, deadline: number): Promise<ServerState | null> {
  const found = await findServer(data);
  if (!found) return null;
  if (found.status === 'stopping') {
    await stopServer(data, found.pid);
    return null;
  }
  let alive = true;
  const goOn = async () => Date.now() < deadline && (alive = (await findServer(data))?.pid === found.pid);
  const ready = await waitUntilReady(data, found.pid, goOn);
  if (ready || !alive) return ready;
  throw new LocalPostgresError(
    `The PostgreSQL already running on ${data} (process ${found.pid}) does not become ready: see ${data}.log.`,
  );
}

async function startServer(paths: ClusterPaths, options: LocalPostgresOptions, deadline: number): Promise<ServerState> {
  const binaries = await findBinaries();
  const exists = await hasCluster(paths.data, binaries.major);
  const runAs = await chooseRunAs(binaries.postgres, paths.data, options.runAs);
  if (exists) {
    // Fail before starting a server that could not be used.
    await readPasswords(paths);
  } else {
    options.progress?.(`Creating a PostgreSQL ${binaries.major} database in ${paths.data} (first start only)`);
    await createCluster(paths, binaries, runAs);
  }
  await chownTo(runAs, paths.data);
  const settings = { ...SETTINGS, ...options.settings };
  return launchServer({ paths, postgres: binaries.postgres, runAs, settings, deadline });
}

async function leaveServer(paths: ClusterPaths, leave: () => Promise<void>): Promise<void> {
  await leave();
  if ((await liveOwners(paths.users)).length > 0) return;
  const server = await findServer(paths.data);
  if (server) await stopServer(paths.data, server.pid);
  await rm(paths.users, { recursive: true, force: true });
}

async function connectionUrls(paths: ClusterPaths, port: number): Promise<{ url: string; superuserUrl: string }> {
  const passwords = await readPasswords(paths);
  const at = `127.0.0.1:${port}/${DATABASE}`;
  return {
    url: `postgres://${LOGIN}:${passwords.login}@${at}`,
    superuserUrl: `postgres://${SUPERUSER}:${passwords.superuser}@${at}`,
  };
}

/** Connects like the application. If that fails, creates what is missing as superuser. */
async function ensureDatabase({ url, superuserUrl }: { url: string; superuserUrl: string }): Promise<void> {
  if (await isPrepared(url)) return;
  const { password } = new URL(url);
  await connected(superuserUrl.replace(/[^/]*$/, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
  await connected(superuserUrl, async (client) => {
    // In one transaction, because part of the roles would pass for all of them.
    await client.query(['begin', ...rolesSql({ login: LOGIN, password, database: DATABASE }), 'commit'].join(';\n'));
  });
}

async function isPrepared(url: string): Promise<boolean> {
  const granted = 'select count(*)::int as roles from pg_auth_members where member = current_user::regrole';
  try {
    const roles = await connected(
      url,
      async (client) => (await client.query<{ roles: number }>(granted)).rows[0]?.roles,
    );
    return roles === 2;
  } catch (error) {
    const code = (error as { code?: string }).code;
    // invalid_password (also for a missing role), invalid_authorization, invalid_catalog_name: the superuser can fix
    // these.
    if (code === '28P01' || code === '28000' || code === '3D000') return false;
    throw error;
  }
}

function connected<T>(connectionString: string, work: (client: ClientBase) => Promise<T>): Promise<T> {
  return withClient({ connectionString, connectionTimeoutMillis: 10_000 }, work);
}
