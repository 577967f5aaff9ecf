import { execFile, spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LocalPostgresError, POSTGRES_ENV } from './local-postgres-binaries.js';
import type { ClusterPaths } from './local-postgres-cluster.js';
import type { RunAs } from './local-postgres-run-as.js';

const run = promisify(execFile);
const POLL_MS = 10;
const LOG_KEPT_BYTES = 10_000_000;
const LOG_TAIL_LINES = 15;
const FAST_STOP_MS = 10_000;
const QUIT_MS = 6_000;

/** A server process, as described by its `postmaster.pid`. */
export interface ServerState {
  pid: number;
  port: number;
  status: string;
}

async function readState(data: string): Promise<ServerState | null> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' } : null;
}

/**
 * Whether this process is the server of this directory. The pid alone proves nothing, because it may have been reused
 * after a crash.
 */
async function isServerOf(data: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const args = command.split('\0');
    return args[args.indexOf('-D') + 1] === data;
  }
  const [file, args] =
    process.platform === 'win32'
      ? ['tasklist', ['/FI', `PID eq ${pid}`, '/FI', 'IMAGENAME eq postgres.exe']]
      : ['ps', ['-ww', '-o', 'command=', '-p', String(pid)]];
  const found = await run(file, args).catch(() => null);
  return found?.stdout.includes(process.platform === 'win32' ? 'postgres.exe' : ` -D ${data} `) ?? false;
}

/** The running server of a data directory, even if another process has started it; null: none. */
export async function findServer(data: string): Promise<ServerState | null> {
  const state = await readState(data);
  return state && (await isServerOf(data, state.pid)) ? state : null;
}

interface Launch {
  paths: ClusterPaths;
  postgres: string;
  runAs: RunAs;
  settings: Record<string, string>;
  /** Milliseconds since the epoch. */
  deadline: number;
}

/** Starts a server on a free port and waits until it accepts connections, after crash recovery if needed. */
export async function launchServer(launch: Launch): Promise<ServerState> {
  const { paths, deadline } = launch;
  await prepareFiles(paths);
  for (;;) {
    const logStart = await sizeOf(paths.log);
    const child = spawnServer(launch, await freePort());
    const state = await waitUntilReady(paths.data, child.pid, () => !child.exit && Date.now() < deadline);
    if (state) return state;
    const log = await readFrom(paths.log, logStart);
    if (child.exit && isTransient(log) && Date.now() < deadline) {
      await delay(10 * POLL_MS);
      continue;
    }
    const what = child.exit ?? 'was not ready in time';
    if (!child.exit && child.pid !== undefined) await stopServer(paths.data, child.pid);
    const tail = log.trim().split('\n').slice(-LOG_TAIL_LINES).join('\n');
    throw new LocalPostgresError(`PostgreSQL ${what}; the end of ${paths.log}:\n${tail || '(empty)'}`);
  }
}

/** Whether another program took the port, or the backends of a killed server have not exited yet. */
function isTransient(log: string): boolean {
  return /could not bind|pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(log);
}

/**
 * A stale `postmaster.pid` whose pid was reused would keep PostgreSQL from starting ("is another postmaster running?").
 * Call it under the lock, after findServer found none. PostgreSQL's check of shared memory still guards against
 * left-over backends.
 */
async function prepareFiles(paths: ClusterPaths): Promise<void> {
  await rm(join(paths.data, 'postmaster.pid'), { force: true });
  if ((await sizeOf(paths.log)) > LOG_KEPT_BYTES) await rename(paths.log, `${paths.log}.old`);
}

interface Child {
  pid: number | undefined;
  /** How it ended, once it has. */
  exit: string | null;
}

function spawnServer({ paths, postgres, runAs, settings }: Launch, port: number): Child {
  const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command = '', ...args] = [...runAs.prefix, postgres, '-D', paths.data, ...flags];
  const log = openSync(paths.log, 'a', 0o600);
  try {
    // In a session of its own, so that Ctrl-C stops node alone, which then stops the server.
    const own: SpawnOptions = { detached: true, windowsHide: true, env: POSTGRES_ENV, cwd: dirname(paths.data) };
    const server = spawn(command, args, { ...own, ...runAs.spawnAs, stdio: ['ignore', log, log] });
    const child: Child = { pid: server.pid, exit: null };
    server.on('error', (error) => (child.exit = `could not be started (${error.message})`));
    server.on('exit', (code, signal) => (child.exit = `exited with ${signal ?? `code ${code}`}`));
    server.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The state once line 8 of `postmaster.pid` is `ready`; null if `goOn` returns false first. */
export async function waitUntilReady(
  data: string,
  pid: number | undefined,
  goOn: () => boolean | Promise<boolean>,
): Promise<ServerState | null> {
  while (await goOn()) {
    const state = await readState(data);
    if (state && state.pid === pid && state.status === 'ready') return state;
    await delay(POLL_MS);
  }
  return null;
}

/**
 * Stops a server and waits for it: first with SIGINT (fast: rolls back open transactions and writes a checkpoint), then
 * with SIGQUIT (immediate; the next start recovers). Windows has no signals: the first one kills the process, and the
 * next start recovers.
 */
export async function stopServer(data: string, pid: number): Promise<void> {
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', QUIT_MS],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has exited already.
    }
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (!(await isServerOf(data, pid))) return;
      await delay(POLL_MS);
    }
  }
  throw new LocalPostgresError(`PostgreSQL (process ${pid}) on ${data} does not stop.`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

async function readFrom(file: string, position: number): Promise<string> {
  const handle = await open(file);
  try {
    const length = Math.max(0, (await handle.stat()).size - position);
    return (await handle.read(Buffer.alloc(length), 0, length, position)).buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}
