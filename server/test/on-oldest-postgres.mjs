// The database specs once more, on the oldest PostgreSQL that the product supports, when Debian's packages of it are on the machine:
// a private server in a temporary directory, given to the specs as TEST_DATABASE_URL. Not there: one line, and no test is counted.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = 15;
const NOBODY = 65534;
const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(server, '.results', 'test-oldest-postgres.json');
const binaries = `/usr/lib/postgresql/${OLDEST}/bin`;

if (!existsSync(join(binaries, 'initdb'))) {
  console.log(`PostgreSQL ${OLDEST} is not on this machine (${binaries}): its run of the database tests is left out.`);
  mkdirSync(dirname(results), { recursive: true });
  const none = {
    success: true,
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [],
  };
  writeFileSync(results, JSON.stringify(none));
  process.exit(0);
}

/** PostgreSQL refuses to run as root. */
const asNobody = process.getuid() === 0 ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
const run = (program, ...args) => {
  const [command, ...rest] = [...asNobody, join(binaries, program), ...args];
  execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: directory });
};

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const directory = mkdtempSync(join(tmpdir(), 'bpoc-oldest-'));
if (asNobody.length > 0) chownSync(directory, NOBODY, NOBODY);
const data = join(directory, 'data');
const port = await freePort();
let code = 1;
try {
  run('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8');
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 -c jit=off`;
  run('pg_ctl', '-D', data, '-o', settings, '-l', join(directory, 'log'), '-w', 'start');
  const jest = join(server, '..', 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    '--no-warnings',
    jest,
    '--testPathPatterns',
    '\\.db\\.spec\\.ts$',
    '--json',
    `--outputFile=${results}`,
  ];
  const env = { ...process.env, TEST_DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/postgres` };
  const child = spawn(process.execPath, args, { cwd: server, env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  code = await new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)));
} finally {
  const [command, ...rest] = [...asNobody, join(binaries, 'pg_ctl'), '-D', data, '-m', 'fast', '-w', 'stop'];
  spawnSync(command, rest, { stdio: 'ignore', cwd: directory });
  rmSync(directory, { recursive: true, force: true });
}
process.exit(code);
