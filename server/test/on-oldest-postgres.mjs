// The database specs once more, on the oldest PostgreSQL that the product supports, when Debian's packages of it are on the machine:
// a private server in a temporary directory, given to the specs as TEST_DATABASE_URL. Not there: one line, and no test is counted.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianPostgres, OLDEST, startDebianPostgres } from '../../scripts/debian-postgres.mjs';

const server = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(server, '.results', 'test-oldest-postgres.json');
const binaries = debianPostgres(OLDEST);

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
const args = [
  '--experimental-vm-modules',
  '--no-warnings',
  jest,
  '--testPathPatterns',
  '\\.db\\.spec\\.ts$',
  '--json',
  `--outputFile=${results}`,
];
const env = { ...process.env, TEST_DATABASE_URL: postgres.url };
const child = spawn(process.execPath, args, { cwd: server, env, stdio: ['ignore', 'ignore', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
process.exit(await new Promise((resolve) => child.on('exit', (exit) => resolve(exit ?? 1))));
