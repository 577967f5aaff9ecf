import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LocalPostgresError } from './local-postgres-binaries.js';

/*
 * Tracks which processes use a data directory, and which one holds the lock to start or stop its server. Both are files
 * named `<pid>.<process start time>.<uuid>`: the name shows whether the process is alive, even after kill -9 and reuse
 * of its pid. All processes must share a pid namespace (one machine or container).
 */

const run = promisify(execFile);
const POLL_MS = 20;

/** `<pid>.<start time>` of a live process; null for a dead one or a zombie. */
async function identityOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return null;
    // The command (2nd field) may contain spaces and brackets. The 3rd field is the state, the 22nd the start in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid}.${fields[19]}`;
  }
  if (process.platform === 'win32') return isSignalled(pid) ? `${pid}.0` : null;
  const started = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
  const text = started?.stdout.replaceAll(/[^a-zA-Z0-9]/g, '') ?? '';
  return text === '' ? null : `${pid}.${text}`;
}

function isSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function newOwnerName(): Promise<string> {
  return `${await identityOf(process.pid)}.${randomUUID()}`;
}

async function isAlive(ownerName: string): Promise<boolean> {
  const [pid, start] = ownerName.split('.');
  return (await identityOf(Number(pid))) === `${pid}.${start}`;
}

/** The files of live processes in a directory. Removes those of dead ones. */
export async function liveOwners(directory: string): Promise<string[]> {
  const live: string[] = [];
  for (const name of await readdir(directory).catch(() => [])) {
    // Names are never reused, so this cannot remove the file of a process that joined in the meantime.
    if (await isAlive(name)) live.push(name);
    else await rm(join(directory, name), { force: true });
  }
  return live;
}

/** Registers this process as a user and returns a function to unregister it. A process may register several times. */
export async function joinUsers(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, await newOwnerName());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(file, '');
  return () => rm(file, { force: true });
}

/**
 * Runs `work` under the lock, which excludes other processes and other callers in this one. The lock is a directory
 * that contains the file of its holder. Renaming a prepared directory to it succeeds only while it is absent or empty,
 * and a dead holder is removed by name, so that of two contenders only one can win.
 */
export async function withLock<T>(lock: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const mine = await newOwnerName();
  const prepared = `${lock}.${mine}`;
  await mkdir(prepared, { mode: 0o700 });
  try {
    await writeFile(join(prepared, mine), '');
    await takeLock(lock, prepared, Date.now() + waitMs);
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    throw error;
  }
  try {
    await removeStalePrepared(lock);
    return await work();
  } finally {
    await unlink(join(lock, mine));
    await rmdir(lock).catch(() => undefined);
  }
}

async function takeLock(lock: string, prepared: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      if (process.platform === 'win32') await rmdir(lock).catch(() => undefined);
      return await rename(prepared, lock);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    const [holder] = await liveOwners(lock);
    if (holder === undefined) continue;
    if (Date.now() > deadline) {
      throw new LocalPostgresError(
        `Process ${holder.split('.')[0]} has held ${lock} for too long: it starts or stops on this folder.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function removeStalePrepared(lock: string): Promise<void> {
  const prefix = `${basename(lock)}.`;
  for (const name of await readdir(dirname(lock))) {
    if (!name.startsWith(prefix) || (await isAlive(name.slice(prefix.length)))) continue;
    await rm(join(dirname(lock), name), { recursive: true, force: true });
  }
}
