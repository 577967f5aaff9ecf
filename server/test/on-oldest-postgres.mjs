// The database specs once more, on the oldest PostgreSQL that the product supports, when Debian's packages of it are
// on the machine: a private server in a temporary directory, given to the specs as TEST_DATABASE_URL. Not there: one
// line, and one test is skipped. `npm test` runs those of DEPENDENT, TEST_LONG=1 all.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianPostgres, OLDEST, startDebianPostgres } from '../../scripts/debian-postgres.mjs';

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
  'src/webhooks/recoveries/recoveries.db.spec.ts',
  'src/webhooks/engine/queue/claim-sql.db.spec.ts',
  'src/webhooks/engine/queue/delivery-queue.db.spec.ts',
  'src/webhooks/engine/health-transitions.db.spec.ts',
  'src/webhooks/engine/housekeeping/retention.db.spec.ts',
  'src/webhooks/deliveries/erasure.db.spec.ts',
  'src/webhooks/deliveries/events-log.db.spec.ts',
  'src/webhooks/inbox/inbox.db.spec.ts',
];
const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(server, '.results', 'test-oldest-postgres.json');
const isLong = process.env.TEST_LONG === '1';
const binaries = debianPostgres(OLDEST);

const moved = DEPENDENT.filter((file) => !existsSync(join(server, file)));
if (moved.length > 0) {
  console.error(`${moved.join(', ')} named in ${fileURLToPath(import.meta.url)}: no such file.`);
  process.exit(1);
}

if (binaries === null) {
  console.log(`PostgreSQL ${OLDEST} is not on this machine: its run of the database tests is left out.`);
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

const postgres = await startDebianPostgres(binaries);
const jest = join(server, '..', 'node_modules', 'jest', 'bin', 'jest.js');
const chosen = isLong ? ['--testPathPatterns', '\\.db\\.spec\\.ts$'] : ['--runTestsByPath', ...DEPENDENT];
const args = ['--no-warnings', jest, ...chosen, '--json', `--outputFile=${results}`];
// The usual form of each: what is long has nothing to do with the version.
const env = { ...process.env, TEST_LONG: '', TEST_DATABASE_URL: postgres.url };
const child = spawn(process.execPath, args, { cwd: server, env, stdio: ['ignore', 'ignore', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
process.exit(await new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1))));
