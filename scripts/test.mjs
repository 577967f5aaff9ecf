// npm test: lint, type-check, unit and database tests, then the end-to-end tests. The last line counts every test of every project, read
// from jest's JSON results; these files are outputs of the Nx targets, so a result from the cache counts what its run counted.
import './node-version.mjs';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { nx } from './nx.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const suites = workspaces.flatMap((folder) => {
  const { name, scripts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return ['test', 'test-oldest-postgres', 'e2e']
    .filter((target) => scripts[target])
    .map((target) => ({ task: `${name}:${target}`, file: join(root, folder, '.results', `${target}.json`) }));
});

// A result of an earlier run must not be counted when this run does not get that far.
for (const { file } of suites) {
  rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
}

/** The tasks that Nx lists as failed, e.g. `@bpoc/server:lint`; one unknown one when it failed without a list. */
function failedTasks({ code, output }) {
  if (code === 0) return [];
  const list = stripVTControlCharacters(output)
    .split(/Failed tasks:\s*\n/)
    .at(-1);
  const tasks = [...list.matchAll(/^\s*- (\S+:\S+)\s*$/gm)].map((match) => match[1]);
  return tasks.length > 0 ? tasks : ['nx'];
}

/** Counts of one jest result; a test file that could not run at all is one failure. */
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

const from = performance.now();
const parts = [
  await nx(
    [
      'run-many',
      '-t',
      'build',
      'lint',
      'typecheck',
      'test',
      'test-oldest-postgres',
      '--parallel=2',
      '--output-style=static',
    ],
    {
      show: true,
    },
  ),
  await nx(['run-many', '-t', 'e2e', '--output-style=static'], { show: true }),
];
const broken = new Set(parts.flatMap(failedTasks));
const total = { passed: 0, failed: 0, skipped: 0 };
for (const { task, file } of suites) {
  const count = countOf(file);
  // Said again at the end: the suites print thousands of lines after a failure of an early one.
  for (const failure of count?.failures ?? []) console.log(`✖ ${stripVTControlCharacters(failure)}`);
  if (count) for (const key of Object.keys(total)) total[key] += count[key];
  if (!count) console.log(`✖ ${task} wrote no result`);
  if (!count || (!count.ok && count.failed === 0)) broken.add(task);
  else if (count.failed > 0) broken.delete(task); // Its failures are counted one by one.
}
for (const task of broken) console.log(`✖ ${task} failed`);
total.failed += broken.size;

const seconds = ((performance.now() - from) / 1000).toFixed(0);
console.log(`\n${suites.length} suites in ${workspaces.length} projects, ${seconds} s`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
