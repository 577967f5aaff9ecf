// npm run faults [-- <jest arguments>]: runs the specs that kill servers, NATS and databases in their long form, and
// adds up the events that were lost or doubled. `npm run faults -- nats` runs the specs with that word in their name.
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nx } from './nx.mjs';

const { code, output } = await nx(['run-many', '-t', 'build', '--output-style=static']);
if (code !== 0) {
  process.stderr.write(output);
  process.exit(code);
}

const folder = mkdtempSync(join(tmpdir(), 'bpoc-faults-'));
const tally = join(folder, 'tally.jsonl');
const { status } = spawnSync('npm', ['run', '--silent', 'faults', '-w', 'e2e', '--', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, TEST_LONG: '1', FAULTS_TALLY: tally },
});
const rows = existsSync(tally)
  ? readFileSync(tally, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
rmSync(folder, { recursive: true });

const COLUMNS = ['kills', 'events', 'lost', 'doubled', 'sentTwice'];
const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
const total = { what: 'in all', ...Object.fromEntries(COLUMNS.map((column) => [column, sum(column)])) };
console.table(Object.fromEntries([...rows, total].map(({ what, ...counts }) => [what, counts])));
process.exit(status ?? 1);
