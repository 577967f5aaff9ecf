import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { addWebhook, recruiter } from '../support/client.js';
import { dumpTables } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { LONG } from '../support/long.js';
import { Program } from '../support/program.js';
import {
  databasePid,
  isAlive,
  newDataDir,
  readDemo,
  ROOT,
  ServerProcess,
  startServer,
  type TestServer,
} from '../support/server.js';

/** Shared by `npm start` and the server below, so that only one database is created. */
const demoDir = newDataDir();
let dataDir: string;
let groups: number[];

beforeEach(() => {
  dataDir = newDataDir();
  groups = [];
});
afterEach(() => {
  // Anything that a failed test left running.
  for (const group of groups) killGroup(group);
  const pid = databasePid(dataDir);
  if (pid !== null) process.kill(pid, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}

/** `npm start` in a separate process group, as a terminal starts it. */
function npmStart(dataDir: string) {
  const { PATH, HOME } = process.env;
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'trace', DATA_DIR: dataDir },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  groups.push(child.pid!);
  const run = { pid: child.pid!, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (run.output += text));
  }
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  return Object.assign(run, { exited });
}

async function listeningUrl(run: { output: string }): Promise<string> {
  return eventually(
    () => {
      const url = /listening on (http:\/\/\S+)/.exec(run.output)?.[1];
      if (url === undefined) throw new Error(run.output);
      return url;
    },
    { timeoutMs: 40_000 },
  );
}

describe('npm start', () => {
  const built = () => statSync(join(ROOT, 'server/dist/bundle.cjs')).ino;

  it('serves the API and prints address and sign-in; SIGTERM ends node and the database with exit code 0', async () => {
    const before = built();
    const run = npmStart(demoDir);
    const url = await listeningUrl(run);
    const demo = readDemo(demoDir);
    expect(demo.url).toBe(url);
    expect(Object.keys(demo).toSorted()).toEqual(['agencyId', 'apiKey', 'email', 'password', 'serviceToken', 'url']);
    expect(run.output.split(demo.email)).toHaveLength(2);
    expect(run.output.split(demo.password)).toHaveLength(2);
    expect((await request(url).get('/health/ready')).status).toBe(200);
    const tables = await dumpTables(demoDir);
    const holding = [...tables].filter(([, rows]) => rows.some((row) => row.includes(demo.password)));
    expect([tables.size > 15, holding.map(([name]) => name)]).toEqual([true, []]);
    const database = databasePid(demoDir);
    expect(database).not.toBeNull();

    process.kill(run.pid, 'SIGTERM');
    expect(await run.exited).toBe(0);
    expect(isAlive(database!)).toBe(false);
    await expect(request(url).get('/health/live')).rejects.toThrow('ECONNREFUSED');
    // V8's code cache exists for the next start.
    const caches = readdirSync(join(ROOT, 'server/dist')).filter((name) => name.endsWith('.cache'));
    expect(caches).toEqual([expect.stringContaining(process.version)]);
    // Up to date: nothing was built, and no file of the running servers was replaced.
    expect(built()).toBe(before);
  });

  if (LONG) {
    it('ends the same way on Ctrl-C, which reaches both npm and node', async () => {
      const run = npmStart(dataDir);
      await listeningUrl(run);
      const database = databasePid(dataDir);
      process.kill(-run.pid, 'SIGINT');
      expect(await run.exited).toBe(0);
      expect(isAlive(database!)).toBe(false);
      expect(run.output).not.toMatch(/Error:|\n\s+at /);
    });
  }
});

describe('the server', () => {
  it('names every wrong variable in one message and exits with 1', async () => {
    const env = { PORT: 'x', ROLE: 'boss', DATABASE_URL: 'mysql://user:hunter2@db/x', DELAY_SCALE: '-1' };
    const wrong = new ServerProcess(dataDir, { env });
    expect(await wrong.exited).toEqual({ code: 1, signal: null });
    for (const name of Object.keys(env)) expect(wrong.logs()).toContain(name);
    expect(wrong.logs()).not.toContain('hunter2');
    expect(wrong.logs()).not.toMatch(/\n\s+at /);
  });

  it('says in one sentence that it has no permission to write its data folder', async () => {
    const wrong = new ServerProcess(join(ROOT, 'package.json', 'data'), { env: {} });
    expect(await wrong.exited).toEqual({ code: 1, signal: null });
    expect(wrong.logs()).toMatch(/\nDATA_DIR must be a folder that this process may read and write: ENOTDIR: .*\n$/);
  });

  it.each(['start.mjs', 'command.mjs', 'test.mjs'])(
    'says which Node it needs when %s runs on an older one',
    async (script) => {
      const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } })`;
      const program = new Program(process.execPath, ['--import', `data:text/javascript,${older}`, `scripts/${script}`]);
      expect(await program.exited).toEqual({ code: 1, signal: null });
      expect(program.output).toBe('BPOC Webhooks needs Node 20.19 or newer; this is 18.20.8.\n');
    },
  );

  it('makes no invite link before it knows the address of the server', async () => {
    const args = ['server/dist/cli/agency.js', 'create', '--name', 'North', '--email', 'anna@north.example'];
    const asked = new Program(process.execPath, args, { DATABASE_URL: 'postgres://bpoc@127.0.0.1:1/bpoc' });
    expect(await asked.exited).toEqual({ code: 1, signal: null });
    expect(asked.output).toContain('set PUBLIC_URL, or give --url');
  });

  it('says so when the port is taken, and leaves no database behind', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const { port } = occupant.address() as AddressInfo;
    const late = new ServerProcess(dataDir, { env: { PORT: String(port) } });
    expect(await late.exited).toEqual({ code: 1, signal: null });
    occupant.close();
    expect(late.logs()).toContain(String(port));
    expect(late.logs()).toMatch(/taken|in use|already/);
    expect(late.logs()).not.toMatch(/\n\s+at /);
    expect(databasePid(dataDir)).toBeNull();
  });
});

describe('one server, through its life,', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ ownDatabase: true }, demoDir);
  });
  afterAll(() => server?.stop());

  it('describes its API at /api/openapi.json and /api/docs', async () => {
    const document = (await request(server.url).get('/api/openapi.json')).body as Record<string, object>;
    expect(document).toMatchObject({ openapi: '3.1.0' });
    expect(Object.keys(document['paths']!)).toEqual(
      expect.arrayContaining(['/api/recruiter/webhooks', '/api/recruiter/deliveries', '/api/internal/events']),
    );
    // Ten events, the test and the four alerts.
    expect(Object.keys(document['webhooks']!)).toHaveLength(16);
    expect((await request(server.url).get('/api/docs').redirects(2)).text).toContain('swagger');
  });

  it('keeps the mails of the demo as files', async () => {
    const { email } = server.demo;
    expect((await request(server.url).post('/api/auth/forgot-password').send({ email })).status).toBe(202);
    const mailbox = join(server.dataDir, 'mailbox');
    const isMail = (name: string) => name.endsWith('.eml');
    const mail = await eventually(() => readFileSync(join(mailbox, readdirSync(mailbox).find(isMail)!), 'utf8'));
    expect(mail.replaceAll('=\r\n', '')).toMatch(/http\S+reset-password#/);
  });

  it('writes the demo to a private file, and keeps agency, keys and webhooks on restart', async () => {
    expect(statSync(join(server.dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
    const { agencyId, apiKey, email, password, serviceToken } = server.demo;
    const webhook = await addWebhook(server, { url: 'https://hooks.example.com/kept' });
    await server.restart();
    expect(server.demo).toMatchObject({ agencyId, apiKey, email, password, serviceToken, url: server.url });
    expect((await recruiter(server).get(`/api/recruiter/webhooks/${webhook.id}`)).status).toBe(200);
  });

  if (LONG) {
    it('is found by npm run trigger even if another one on its data folder started later and has ended', async () => {
      const other = new ServerProcess(server.dataDir, { env: {} });
      await other.listening();
      await other.end();
      other.forget();
      const trigger = new Program(process.execPath, ['scripts/trigger.mjs', 'offer.sent'], {
        DATA_DIR: server.dataDir,
      });
      expect(await trigger.exited).toEqual({ code: 0, signal: null });
      expect(trigger.output).toContain(`${server.url}/`);
    });
  }

  it('allows npm run agency while it runs: only the result is printed, and a second run changes nothing', async () => {
    const args = ['run', '--silent', 'agency', '--', 'create', '--name', 'North', '--email', 'anna@north.example'];
    const run = async (command: string, given: string[]) => {
      const program = new Program(command, given, { DATA_DIR: server.dataDir });
      expect(await program.exited).toEqual({ code: 0, signal: null });
      return program.output;
    };
    const first = await run('npm', args);
    expect(first).toMatch(/^Agency "North" was made: \S+\nInvite for \S+, for 7 days: \S+\nService token .*: \S+\n$/);
    // What npm runs.
    expect(
      await run(process.execPath, ['scripts/command.mjs', ...args.filter((word) => !/^(run|--silent|--)$/.test(word))]),
    ).toMatch(/^Agency "North" is there: \S+\nThe invite .* still works; .*\nThe service token was .*\n$/);
    const invite = { token: /invite#(\S+)/.exec(first)![1], password: 'a long enough password' };
    expect((await request(server.url).post('/api/auth/invite').send(invite)).status).toBe(200);
  });

  it('adopts the database that it left behind when it was killed, and ends it', async () => {
    const database = databasePid(server.dataDir);
    await server.kill('SIGKILL');
    expect(isAlive(database!)).toBe(true);
    await server.restart();
    expect(databasePid(server.dataDir)).toBe(database);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(isAlive(database!)).toBe(false);
  });
});
