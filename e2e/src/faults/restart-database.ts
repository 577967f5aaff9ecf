import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { databasePid, isAlive } from '../support/server.js';

/**
 * Stops the embedded PostgreSQL of a data folder immediately (no checkpoint, no waiting) and starts it again on the
 * same port. Linux only.
 */
export async function restartDatabase(dataDir: string): Promise<void> {
  const pid = databasePid(dataDir)!;
  const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  process.kill(pid, 'SIGQUIT');
  await eventually(() => expect(isAlive(pid)).toBe(false));
  const unprivileged = process.getuid!() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : [];
  const [program, ...rest] = [...unprivileged, command!, ...args];
  spawn(program!, rest, { detached: true, stdio: 'ignore', env: { PATH: process.env['PATH'], LC_ALL: 'C' } }).unref();
}
