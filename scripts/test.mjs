// npm test: a build, then lint, type checks and all tests in parallel, in their usual form. `npm run test:long` runs
// the slow tests, `npm run test:all` both, and `npm run test:quiet` those that need a quiet machine. The last line
// counts every test of every project, from jest's JSON results. Builds, lint and type checks may come from Nx's cache;
// suites are started here and not by Nx, so every counted test was run.
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const from = performance.now();
const seconds = () => ((performance.now() - from) / 1000).toFixed(0);
/** What each round runs, longest first, and how many at once. Only `quiet` checks times, with nothing else running. */
const ROUNDS = {
  usual: {
    suites: ['e2e:e2e', 'server:test', 'admin:test', 'checks', 'sdk:test'],
    atOnce: 3,
    env: { TEST_LONG: '', TEST_QUIET: '' },
  },
  long: {
    suites: ['e2e:e2e', 'server:test-oldest-postgres', 'server:test'],
    atOnce: 2,
    env: { TEST_LONG: '1', TEST_QUIET: '' },
  },
  quiet: { suites: ['e2e:e2e'], atOnce: 1, env: { TEST_LONG: '', TEST_QUIET: '1' } },
};
/** The niceness of the other suites: end-to-end tests mostly wait, but have real deadlines, so they come first. */
const NICE = 5;

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

/** Runs targets of all projects; returns the failed tasks. */
const runTargets = async (...args) =>
  failedTasks(await nx(['run-many', ...args, '--output-style=static'], { show: true }));
/** After the build, without dependencies: Nx would restore their outputs, which are missing for a moment then. */
const check = () => runTargets('-t', 'lint', 'typecheck', '--excludeTaskDependencies');

/** A suite is a script of a project, which writes its results into the project. */
function suiteOf(task) {
  const [folder, target] = task.split(':');
  const { scripts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return { task, folder, script: scripts[target], file: join(root, folder, '.results', `${target}.json`) };
}

/** Runs a suite; returns its task if it failed. */
async function runSuite({ task, folder, script }, env) {
  const [program, ...args] = script.split(' ');
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: join(root, folder),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (child.pid && folder !== 'e2e') setPriority(child.pid, NICE);
  const stop = () => child.once('close', () => process.exit(143)).kill('SIGTERM');
  process.once('SIGTERM', stop);
  const [code] = await once(child, 'close');
  process.removeListener('SIGTERM', stop);
  console.log(`${code === 0 ? '✔' : '✖'} ${task} (${seconds()} s)`);
  return code === 0 ? [] : [task];
}

const total = { passed: 0, failed: 0, skipped: 0 };

/** Adds the results of one suite. `isBroken`: its task failed although no test did. */
function count({ task, file }) {
  const counted = countOf(file);
  // Repeated at the end, because suites print thousands of lines after an early failure.
  for (const failure of counted?.failures ?? []) console.log(`✖ ${stripVTControlCharacters(failure)}`);
  if (counted) for (const key of Object.keys(total)) total[key] += counted[key];
  if (!counted) console.log(`✖ ${task} wrote no result`);
  return { isBroken: !counted || (!counted.ok && counted.failed === 0), isCounted: Boolean(counted?.failed) };
}

/** One round: the build, its suites and checks, then the count. */
async function round(name) {
  const { suites: tasks, atOnce, env } = ROUNDS[name];
  const suites = tasks.filter((task) => task !== 'checks').map(suiteOf);
  // Results of an earlier run must not be counted if this run ends early.
  for (const { file } of suites) {
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
  }
  const broken = new Set(await runTargets('-t', 'build'));
  const waiting = broken.size > 0 ? [] : [...tasks];
  const runNext = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const suite = suites.find((one) => one.task === task);
      for (const failed of await (suite ? runSuite(suite, env) : check())) broken.add(failed);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runNext));
  for (const suite of suites) {
    const { isBroken, isCounted } = count(suite);
    if (isBroken) broken.add(suite.task);
    else if (isCounted) broken.delete(suite.task); // Its failures are counted one by one.
  }
  for (const task of broken) console.log(`✖ ${task} failed`);
  total.failed += broken.size;
  return suites.length;
}

let suites = 0;
const rounds = process.argv.slice(2);
for (const name of rounds) suites += await round(name);

console.log(`\n${suites} suites in ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}, ${seconds()} s`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
