// The database specs once more, on the oldest PostgreSQL that the product supports, when Debian's packages of it are
// on the machine: a private server in a temporary directory, given to the specs as TEST_DATABASE_URL. Not there: one
// line, and one test is skipped. `npm test` runs those of DEPENDENT, TEST_LONG=1 all.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = 15;
/**
 * Where a statement or a right may mean something else in another version: roles and their grants, partitions, the
 * catalog, what the planner is relied on for, and one spec for each module that writes SQL of its own, since new
 * syntax is what an old server refuses first.
 */
const DEPENDENT = [
  'src/audit/audit.db.spec.ts',
  'src/cli/create-agency.db.spec.ts',
  'src/database/binary-arrays.db.spec.ts',
  'src/database/boot-checks.db.spec.ts',
  'src/database/partitions.db.spec.ts',
  'src/database/roles.db.spec.ts',
  'src/database/schema.db.spec.ts',
  'src/database/tenancy.db.spec.ts',
  'src/webhooks/alerts/alerts-api.db.spec.ts',
  'src/webhooks/deliveries/deliveries-log.db.spec.ts',
  'src/webhooks/deliveries/delivery-pages.db.spec.ts',
  'src/webhooks/deliveries/recoveries.db.spec.ts',
  'src/webhooks/engine/claim-sql.db.spec.ts',
  'src/webhooks/engine/delivery-queue.db.spec.ts',
  'src/webhooks/engine/health-transitions.db.spec.ts',
  'src/webhooks/engine/retention.db.spec.ts',
  'src/webhooks/erasure.db.spec.ts',
  'src/webhooks/events-log/events-log.db.spec.ts',
  'src/webhooks/inbox/inbox.db.spec.ts',
];
const NOBODY = 65534;
const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(server, '.results', 'test-oldest-postgres.json');
const isLong = process.env.TEST_LONG === '1';
const binaries = `/usr/lib/postgresql/${OLDEST}/bin`;

const moved = DEPENDENT.filter((file) => !existsSync(join(server, file)));
if (moved.length > 0) {
  console.error(`${moved.join(', ')} named in ${fileURLToPath(import.meta.url)}: no such file.`);
  process.exit(1);
}

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
  // As the embedded one of the other run (database.ts): the data is not needed after the run.
  const quick = '-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off';
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 ${quick}`;
  run('pg_ctl', '-D', data, '-o', settings, '-l', join(directory, 'log'), '-w', 'start');
  const jest = join(server, '..', 'node_modules', 'jest', 'bin', 'jest.js');
  const chosen = isLong ? ['--testPathPatterns', '\\.db\\.spec\\.ts$'] : ['--runTestsByPath', ...DEPENDENT];
  const args = ['--no-warnings', jest, ...chosen, '--json', `--outputFile=${results}`];
  // The usual form of each: what is long has nothing to do with the version.
  const env = { ...process.env, TEST_LONG: '', TEST_DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/postgres` };
  const child = spawn(process.execPath, args, { cwd: server, env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  code = await new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)));
} finally {
  const [command, ...rest] = [...asNobody, join(binaries, 'pg_ctl'), '-D', data, '-m', 'fast', '-w', 'stop'];
  spawnSync(command, rest, { stdio: 'ignore', cwd: directory });
  rmSync(directory, { recursive: true, force: true });
}
process.exit(code);
