import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDatabase, copyOf, databaseEnv, dropCopy } from './shared-database.js';
import { TEST_DEFAULTS } from './shared-server.mjs';

/*
 * The built server as a child process with a data folder, a database, the demo agency and a free port. The database is
 * a copy on the run's PostgreSQL; database faults and `npm start` need an embedded one (`ownDatabase`). For specs that
 * need settings, restarts or kills; the others share one server (shared.ts).
 */

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;

export interface Demo {
  url: string;
  agencyId: string;
  email: string;
  password: string;
  apiKey: string;
  serviceToken: string;
}

/** What callers know of a server. */
export interface Served {
  url: string;
  demo: Demo;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerOptions {
  /** Variables of the server, over the defaults of tests; undefined removes one. */
  env?: Record<string, string | undefined>;
  /** An embedded PostgreSQL in the data folder, as `npm start` has it. */
  ownDatabase?: boolean;
}

function makeEnv(dataDir: string, options: ServerOptions): NodeJS.ProcessEnv {
  // The developer's environment must not affect tests; only what programs need to run is passed on.
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { PATH, HOME, TMPDIR, LANG, ...TEST_DEFAULTS, DATA_DIR: dataDir, ...databaseEnv(dataDir), ...options.env };
}

/** Processes left by a failed test must not outlive the test run. */
const running = new Map<ChildProcess, string>();
process.once('exit', () => {
  for (const [child, dataDir] of running) {
    child.kill('SIGKILL');
    const pid = databasePid(dataDir);
    if (pid !== null) process.kill(pid, 'SIGQUIT');
  }
});

/** A child process whose output is kept. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  #output = '';
  #exit: Exit | null = null;

  constructor(
    readonly dataDir: string,
    options: ServerOptions,
    command = ['server/start.cjs'],
  ) {
    this.#child = spawn(process.execPath, command, {
      cwd: ROOT,
      env: makeEnv(dataDir, options),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.set(this.#child, dataDir);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve((this.#exit = { code, signal })));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Everything printed so far, both streams. */
  logs(): string {
    return this.#output;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the address that the server printed; rejects with its output when it ends or takes too long. */
  async listening(): Promise<string> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadline) {
      const url = /listening on (https?:\/\/[^\s"]+)/.exec(this.#output)?.[1];
      if (url !== undefined) return url;
      if (this.#exit) throw new Error(`the server ended (${JSON.stringify(this.#exit)}):\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the server did not listen within ${START_TIMEOUT_MS / 1000} s:\n${this.#output}`);
  }

  /** Marks it as ended, including its database. */
  forget(): void {
    running.delete(this.#child);
  }

  /** SIGTERM, then SIGKILL if it does not exit. */
  async end(): Promise<Exit> {
    if (this.#exit) return this.#exit;
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }
}

/** A running server. */
export class TestServer {
  #process: ServerProcess;
  url: string;
  demo: Demo;

  constructor(
    process: ServerProcess,
    url: string,
    readonly options: ServerOptions,
  ) {
    this.#process = process;
    this.url = url;
    this.demo = demoOf(process.dataDir, url);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get dataDir(): string {
    return this.#process.dataDir;
  }

  logs(): string {
    return this.#process.logs();
  }

  /** Sends the signal and waits for the exit. */
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    this.#process.kill(signal);
    return this.#process.exited;
  }

  /** Starts again on the same data, after `kill` or an exit; the address changes. */
  async restart(options: ServerOptions = this.options): Promise<void> {
    await this.#process.end();
    this.#process.forget();
    this.#process = new ServerProcess(this.dataDir, options);
    this.url = await this.#process.listening();
    this.demo = demoOf(this.dataDir, this.url);
  }

  /** Ends the server and its database and removes the data. */
  async stop(): Promise<Exit> {
    const exit = await this.#process.end();
    await endDatabase(this.dataDir);
    await dropCopy(this.dataDir);
    this.#process.forget();
    rmSync(this.dataDir, { recursive: true, force: true });
    return exit;
  }
}

/** A folder for one server's data. */
export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'bpoc-e2e-'));
}

/** Starts a server on a new data folder and waits until it listens. */
export async function startServer(options: ServerOptions = {}, dataDir = newDataDir()): Promise<TestServer> {
  if (!options.ownDatabase) await copyDatabase(dataDir);
  const process = new ServerProcess(dataDir, options);
  try {
    return new TestServer(process, await process.listening(), options);
  } catch (error) {
    await process.end();
    await endDatabase(process.dataDir);
    await dropCopy(process.dataDir);
    process.forget();
    rmSync(process.dataDir, { recursive: true, force: true });
    throw error;
  }
}

export function readDemo(dataDir: string): Demo {
  return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo;
}

/** The demo of a listening server; on a copy, where the server does not write it, with the current address. */
function demoOf(dataDir: string, url: string): Demo {
  const demo = readDemo(dataDir);
  if (copyOf(dataDir) === null) return demo;
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify({ ...demo, url }));
  return { ...demo, url };
}

/** Process id of the embedded database of a data folder, or null when none runs. */
export function databasePid(dataDir: string): number | null {
  if (!existsSync(dataDir)) return null;
  const file = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('postmaster.pid'),
  );
  if (file === undefined) return null;
  const pid = Number(readFileSync(join(dataDir, file), 'utf8').split('\n')[0]);
  return isAlive(pid) ? pid : null;
}

/** Whether the process is running, which a zombie (not reaped by an idle init) is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // No /proc on this system.
  }
}

/** A server that was killed leaves its database running on purpose (the next start adopts it); a test must not. */
async function endDatabase(dataDir: string): Promise<void> {
  const pid = databasePid(dataDir);
  if (pid === null) return;
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}
