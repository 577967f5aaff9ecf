// npm test: lint, type checks, unit and database tests, then the end-to-end tests. `npm run test:long` runs the specs
// that have a long form, in that form, and `npm run test:all` both. The last line counts every test of every project,
// from jest's JSON results. Builds, lint and type checks may come from Nx's cache; test targets are never cached, so
// every counted test was run.
import './node-version.mjs';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const { workspaces } = manifestOf('.');
/** The projects with specs that have a long form, listed in their jest.config.js. */
const WITH_LONG = ['server', 'e2e'];
const ROUNDS = {
  usual: { folders: workspaces, env: { TEST_LONG: '' } },
  long: { folders: WITH_LONG, env: { TEST_LONG: '1' } },
};

const suitesOf = (folders) =>
  folders.flatMap((folder) => {
    const { name, scripts } = manifestOf(folder);
    return ['test', 'test-oldest-postgres', 'e2e']
      .filter((target) => scripts[target])
      .map((target) => ({ task: `${name}:${target}`, file: join(root, folder, '.results', `${target}.json`) }));
  });

/** The tasks that Nx lists as failed, e.g. `@bpoc/server:lint`; `nx` if it failed without a list. */
function failedTasks({ code, output }) {
  if (code === 0) return [];
  const list = stripVTControlCharacters(output)
    .split(/Failed tasks:\s*\n/)
    .at(-1);
  const tasks = [...list.matchAll(/^\s*- (\S+:\S+)\s*$/gm)].map((match) => match[1]);
  return tasks.length > 0 ? tasks : ['nx'];
}

/** The counts of one jest result; a test file that could not run counts as one failure. */
function countOf(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const broken = result.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0);
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + broken.length,
      skipped: result.numPendingTests + result.numTodoTests,
      ok: result.success,
      failures: [
        ...broken.map(({ name, message }) => `${name} could not run\n${message}`),
        ...result.testResults.flatMap(({ name, assertionResults }) =>
          assertionResults
            .filter(({ status }) => status === 'failed')
            .map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`),
        ),
      ],
    };
  } catch {
    return null;
  }
}

/** Runs Nx; returns the failed tasks. */
const run = async (env, ...args) =>
  failedTasks(await nx(['run-many', ...args, '--output-style=static'], { show: true, env }));

const total = { passed: 0, failed: 0, skipped: 0 };

/** Adds the results of one suite. `isBroken`: its task failed without a failed test. */
function count({ task, file }) {
  const counted = countOf(file);
  // Repeated at the end: the suites print thousands of lines after an early failure.
  for (const failure of counted?.failures ?? []) console.log(`✖ ${stripVTControlCharacters(failure)}`);
  if (counted) for (const key of Object.keys(total)) total[key] += counted[key];
  if (!counted) console.log(`✖ ${task} wrote no result`);
  return { isBroken: !counted || (!counted.ok && counted.failed === 0), isCounted: Boolean(counted?.failed) };
}

/** One round: all targets of its projects, then the count. */
async function round(name) {
  const { folders, env } = ROUNDS[name];
  const suites = suitesOf(folders);
  // Results of an earlier run must not be counted if this run stops before.
  for (const { file } of suites) {
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
  }
  const checks = name === 'usual' ? ['build', 'lint', 'typecheck'] : [];
  const projects = ['-p', ...folders.map((folder) => manifestOf(folder).name)];
  const broken = new Set([
    ...(await run(env, '-t', ...checks, 'test', 'test-oldest-postgres', ...projects, '--parallel=2')),
    ...(await run(env, '-t', 'e2e', ...projects)),
  ]);
  for (const suite of suites) {
    const { isBroken, isCounted } = count(suite);
    if (isBroken) broken.add(suite.task);
    else if (isCounted) broken.delete(suite.task); // Its failures are counted one by one.
  }
  for (const task of broken) console.log(`✖ ${task} failed`);
  total.failed += broken.size;
  return suites.length;
}

const from = performance.now();
let suites = 0;
const rounds = process.argv.slice(2);
for (const name of rounds) suites += await round(name);

const seconds = ((performance.now() - from) / 1000).toFixed(0);
console.log(`\n${suites} suites in ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}, ${seconds} s`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
