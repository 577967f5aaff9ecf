// A private PostgreSQL from Debian's packages in a temporary directory, for tests on the oldest supported version.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const OLDEST = 15;
const NOBODY = 65534;

export function debianPostgres(version) {
  const binaries = `/usr/lib/postgresql/${version}/bin`;
  return existsSync(join(binaries, 'initdb')) ? binaries : null;
}

export async function startDebianPostgres(binaries) {
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid() === 0;
  const prefix = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const directory = mkdtempSync(join(tmpdir(), 'bpoc-debian-postgres-'));
  const [data, passwordFile] = [join(directory, 'data'), join(directory, 'password')];
  const password = randomBytes(18).toString('hex');
  writeFileSync(passwordFile, password);
  if (isRoot) for (const path of [directory, passwordFile]) chownSync(path, NOBODY, NOBODY);
  const run = (start, program, ...args) => {
    const [command, ...rest] = [...prefix, join(binaries, program), '-D', data, ...args];
    return start(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: directory });
  };
  const stop = () => {
    if (existsSync(join(data, 'postmaster.pid'))) run(spawnSync, 'pg_ctl', '-m', 'fast', '-w', 'stop');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const port = await freePort();
  const tuning = '-c max_connections=100 -c jit=off -c fsync=off -c synchronous_commit=off';
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ${tuning}`;
  const login = ['-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  run(execFileSync, 'initdb', ...login, '--encoding=UTF8', '--locale=C.UTF-8');
  run(execFileSync, 'pg_ctl', '-o', settings, '-l', join(directory, 'log'), '-w', 'start');
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop };
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
