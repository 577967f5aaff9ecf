import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const STOP_MS = 5_000;

/** The template, the login and the start of every database name of a run. */
export function runName(directory) {
  return basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
}

/** Ends what a test run started: its server, or its databases on the server of TEST_DATABASE_URL; removes its directory. */
export async function endTestRun(directory) {
  const pid = Number(
    (await readFile(join(directory, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (pid > 0 && (await isServerOf(directory, pid))) {
    // At once, without a checkpoint: nobody needs the data.
    process.kill(pid, 'SIGQUIT');
    for (const deadline = Date.now() + STOP_MS; (await isServerOf(directory, pid)) && Date.now() < deadline;)
      await delay(10);
  }
  if (process.env.TEST_DATABASE_URL) await dropDatabases(process.env.TEST_DATABASE_URL, runName(directory));
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** The pid of a killed run may belong to another process by now. */
async function isServerOf(directory, pid) {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(async () => {
    if (process.platform === 'linux') return '';
    return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
      ({ stdout }) => stdout,
      () => '',
    );
  });
  return command.includes(directory);
}

async function dropDatabases(url, name) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [name]);
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
    await client.query(`drop role if exists ${name}`);
  } finally {
    await client.end();
  }
}
