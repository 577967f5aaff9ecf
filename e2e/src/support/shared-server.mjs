import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/*
 * One server with test settings for all specs that need no other, each as its own agency (shared.ts). It belongs to
 * jest's main process, which starts it for the first spec that asks for it, over HTTP on this machine.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LOOK_EVERY_MS = 10;

/** Delays of minutes become tens of milliseconds: 1, 5, 30 min × 0.001 = 60, 300, 1,800 ms. */
export const TEST_DEFAULTS = { PORT: '0', DELAY_SCALE: '0.001', UNDO_SECONDS: '0', LOG_LEVEL: 'info' };

let server;
let door;

/** Sets E2E_SHARED, the address for specs. @param run the run's directory, @param shared what shared.json says. */
export async function offerServer(run, shared) {
  let started;
  door = createServer((_request, response) => {
    started ??= startServer(run, shared);
    started.then(
      (found) => response.end(JSON.stringify(found)),
      (error) => response.writeHead(500).end(String(error.stack)),
    );
  });
  await new Promise((resolve) => door.listen(0, '127.0.0.1', resolve));
  door.unref();
  process.env.E2E_SHARED = `http://127.0.0.1:${door.address().port}/`;
  process.once('exit', endServer);
}

export function endServer() {
  door?.close();
  server?.kill('SIGKILL');
}

async function startServer(run, { superuserUrl, login, keys }) {
  const dataDir = join(run, 'shared');
  mkdirSync(dataDir, { mode: 0o700 });
  const name = `shared_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client(`${superuserUrl}/postgres`);
  await client.connect();
  try {
    await client.query(`create database ${name} template bpoc strategy file_copy owner bpoc`);
  } finally {
    await client.end();
  }
  const url = new URL(`${superuserUrl}/${name}`);
  [url.username, url.password] = ['bpoc', login];
  const log = join(dataDir, 'server.log');
  const output = openSync(log, 'w', 0o600);
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  const own = { DATA_DIR: dataDir, DATABASE_URL: url.href, SECRETS_KEYS: keys, ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8' };
  server = spawn(process.execPath, ['server/start.cjs'], {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, LANG, ...TEST_DEFAULTS, ...own },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  for (;;) {
    const text = readFileSync(log, 'utf8');
    const [, address] = /listening on (https?:\/\/[^\s"]+)/.exec(text) ?? [];
    if (address) return { url: address, log, superuserUrl: `${superuserUrl}/${name}`, dataDir };
    if (server.exitCode !== null) throw new Error(`the shared server ended before it listened:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
