import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { beginTestRun, endTestRun } from '../../../server/test/test-run.mjs';
import { offerServer } from './shared-server.mjs';

/*
 * One PostgreSQL for the servers of all specs: it is created by a first start of the product, with schema and demo
 * agency, and stays running when that process is killed. Its database is the template that shared-database.ts copies
 * for each server.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PORT_LINE = 3;
/** The data is not needed after the run. */
const NOT_DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'];

export default async function globalSetup() {
  const directory = await beginTestRun('bpoc-e2e-run-');
  process.env.E2E_RUN = directory;
  try {
    // The start fails if the new database is too busy to answer in time; retry, as a supervisor does.
    await startOnce(directory).catch(() => startOnce(directory));
    const text = (name) => readFile(join(directory, name), 'utf8');
    const { superuser, login } = JSON.parse(await text('postgres.json'));
    const port = Number((await text('postgres/postmaster.pid')).split('\n')[PORT_LINE]);
    const at = { superuserUrl: `postgres://postgres:${superuser}@127.0.0.1:${port}`, login };
    const keys = (await text('secrets.key')).trim();
    await makeTemplate(`${at.superuserUrl}/postgres`);
    await writeFile(join(directory, 'shared.json'), JSON.stringify({ ...at, keys }), { mode: 0o600 });
    await offerServer(directory, { ...at, keys });
  } catch (error) {
    // jest does not run the teardown if the setup failed.
    await endTestRun(directory);
    throw error;
  }
}

/** Starts the product on the directory until it listens, and kills it. */
async function startOnce(directory) {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  const child = spawn(process.execPath, ['server/start.cjs'], {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, LANG, PORT: '0', DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (data) => {
        output += data;
        if (output.includes('listening on ')) resolve();
      });
    child.on('close', () => reject(new Error(`the server ended before it listened:\n${output}`)));
  });
  child.kill('SIGKILL');
  await exited;
}

async function makeTemplate(url) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const setting of NOT_DURABLE) await client.query(`alter system set ${setting} = off`);
    await client.query('select pg_reload_conf()');
    // "create database" needs a template without connections: refuse new ones and end those of the killed server.
    await client.query('alter database bpoc with allow_connections false');
    await client.query(`select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = 'bpoc'`);
  } finally {
    await client.end();
  }
}
