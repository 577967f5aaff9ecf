// Runs the database specs again on the oldest supported PostgreSQL, if Debian's packages of it are installed: a private
// server in a temporary directory, passed to the specs as TEST_DATABASE_URL. Otherwise reports one skipped test.
// All of them, since an old server rejects new syntax anywhere.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianPostgres, OLDEST, startDebianPostgres } from '../../scripts/debian-postgres.mjs';

const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(server, '.results', 'test-oldest-postgres.json');
const binaries = debianPostgres(OLDEST);

if (binaries === null) {
  console.log(`PostgreSQL ${OLDEST} is not installed: its run of the database tests is skipped.`);
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
const chosen = ['--testPathPatterns', '\\.db\\.spec\\.ts$'];
const args = ['--no-warnings', jest, ...chosen, '--json', `--outputFile=${results}`];
// The usual form of each spec: the long forms do not depend on the version.
const env = { ...process.env, TEST_LONG: '', TEST_DATABASE_URL: postgres.url };
const child = spawn(process.execPath, args, { cwd: server, env, stdio: ['ignore', 'ignore', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
process.exit(await new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1))));
