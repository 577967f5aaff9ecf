import { readdir, readFile } from 'node:fs/promises';
import type { Receiver } from './receiver.js';

/* CPU time per process, which unlike rates hardly depends on other load on the machine. */

/** Milliseconds of CPU. */
export interface CpuTimes {
  server: number;
  receiver: number;
  /** null without /proc. */
  postgres: number | null;
}

/** Linux counts in hundredths of a second on every platform Node runs on. */
const TICK_MS = 10;

export async function cpuTimes(postmaster: number, receiver: Receiver): Promise<CpuTimes> {
  const { user, system } = process.cpuUsage();
  return { server: (user + system) / 1000, receiver: await receiver.cpuMs(), postgres: await familyCpuMs(postmaster) };
}

export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  const postgres = before.postgres === null || after.postgres === null ? null : after.postgres - before.postgres;
  return { server: after.server - before.server, receiver: after.receiver - before.receiver, postgres };
}

/** A process and its children, including exited ones, which the kernel adds to the parent. */
export async function familyCpuMs(parent: number): Promise<number | null> {
  const own = await stat(String(parent));
  if (!own) return null;
  let ticks = own.own + own.ended;
  for (const name of await readdir('/proc')) {
    const found = /^\d+$/.test(name) ? await stat(name) : null;
    if (found?.parent === parent) ticks += found.own;
  }
  return ticks * TICK_MS;
}

/** Of one process, in milliseconds; 0 without /proc. */
export async function processCpuMs(pid: number): Promise<number> {
  return ((await stat(String(pid)))?.own ?? 0) * TICK_MS;
}

async function stat(pid: string): Promise<{ parent: number; own: number; ended: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The command (2nd field) may contain spaces and brackets. State is the 3rd field, parent the 4th, times from the
  // 14th.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! };
}
