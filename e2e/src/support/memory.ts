import { execFileSync } from 'node:child_process';

/** Memory of a process that is in RAM now, in MiB. */
export function rssMiB(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}
