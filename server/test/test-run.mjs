import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const STOP_MS = 5_000;
/** Linux's folder in memory. A copy of a database makes 650 files: a quarter of the CPU time went into a disk's. */
const MEMORY = '/dev/shm';
/** The databases of a run take at most one. */
const FREE_BYTES = 4 * 2 ** 30;

/** Name of the run's template database and login, and prefix of its database names. */
export function runName(directory) {
  return basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_');
}

/** Creates the directory of a test run, whose server belongs in its `postgres/`, and cleans up after killed runs. */
export async function beginTestRun(prefix) {
  const disk = await realpath(tmpdir());
  for (const parent of [disk, MEMORY])
    for (const name of await readdir(parent).catch(() => [])) {
      // A killed run leaves its directory and a running server.
      const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : 0;
      if (pid > 0 && !isAlive(pid)) await endTestRun(join(parent, name));
    }
  const parent = (await isRoomy(MEMORY)) ? MEMORY : disk;
  const directory = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  // Ctrl-C skips jest's teardown.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void endTestRun(directory).finally(() => process.exit(1)));
  }
  return directory;
}

/** A container may have 64 MB there, or little memory; a TMPDIR that was asked for is used. */
async function isRoomy(folder) {
  if (process.env.TMPDIR || process.availableMemory() < FREE_BYTES) return false;
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= FREE_BYTES;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Stops the server of a test run, or drops its databases on the server of TEST_DATABASE_URL; removes its directory. */
export async function endTestRun(directory) {
  const pid = Number(
    (await readFile(join(directory, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (pid > 0 && (await isServerOf(directory, pid))) {
    // Immediate shutdown, without a checkpoint: the data is not needed.
    process.kill(pid, 'SIGQUIT');
    for (const deadline = Date.now() + STOP_MS; (await isServerOf(directory, pid)) && Date.now() < deadline;)
      await delay(10);
  }
  if (process.env.TEST_DATABASE_URL) await dropDatabases(process.env.TEST_DATABASE_URL, runName(directory));
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** The pid of a killed run may have been reused. */
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
