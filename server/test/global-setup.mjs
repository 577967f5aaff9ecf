import { mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endTestRun } from './test-run.mjs';

/*
 * JavaScript, because jest loads its global setup with node's own require and import, which know neither `.ts` nor our module mapping.
 * Costs a millisecond: the server itself starts with the first spec that asks for a database (database.ts).
 */

const PREFIX = 'bpoc-test-';

export default async function globalSetup() {
  await removeRunsOfTheDead();
  const directory = mkdtempSync(join(realpathSync(tmpdir()), `${PREFIX}${process.pid}-`));
  process.env.BPOC_TEST_RUN = directory;
  // Ctrl-C skips jest's teardown; the next run would remove what is left, but there may be none.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void endTestRun(directory).finally(() => process.exit(1)));
  }
}

/** What a run that was killed left: its directory, and a server that would run for ever. */
async function removeRunsOfTheDead() {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    if (pid > 0 && !isAlive(pid)) await endTestRun(join(realpathSync(tmpdir()), name));
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
