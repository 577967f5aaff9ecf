import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { debianPostgres, OLDEST, startDebianPostgres } from '../../../scripts/debian-postgres.mjs';
import { bearer, offerSent } from '../support/client.js';
import { superuserUrl, withConnection } from '../support/database.js';
import { dumpOf } from '../support/dump.js';
import { commandsOf, OperatorDesk } from '../support/manual.js';
import { describeWith } from '../support/requirements.js';
import { newDataDir, ServerProcess, startServer, type TestServer } from '../support/server.js';

/*
 * Runs docs/operating.md as printed: on the oldest supported PostgreSQL, and on the embedded one as far as the
 * installed programs work with a newer server.
 */

const PASSWORD = 'Correct4Horse';
const ROLES = 'The database and its roles';
const OWNER = { email: 'owner@acme.example', password: 'correct horse battery' };

const binaries = debianPostgres(OLDEST);
const done = { code: 0, output: expect.not.stringMatching(/error/i) };
const database = (url: string, name: string, as?: string): string => {
  const changed = new URL(url);
  changed.pathname = name;
  if (as !== undefined) [changed.username, changed.password] = [as, PASSWORD];
  return changed.href;
};
const execute = (url: string, sql: string) => withConnection(url, (client) => client.query(sql));
const rowsOf = (url: string) => withConnection(url, dumpOf);
/** The printed commands without the first one, which creates the database. */
const repair = (password: string) => commandsOf(ROLES, 'sh', password).split('\n').slice(1).join('\n');

describeWith('postgresql', binaries, `the manual on PostgreSQL ${OLDEST}`, () => {
  const dataDir = newDataDir();
  let postgres: Awaited<ReturnType<typeof startDebianPostgres>>;
  let desk: OperatorDesk;
  let env: Record<string, string>;

  beforeAll(async () => {
    desk = new OperatorDesk(binaries!);
    postgres = await startDebianPostgres(binaries!);
    const keys = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
    env = { DATABASE_URL: database(postgres.url, 'bpoc', 'bpoc'), SECRETS_KEYS: keys };
  });
  afterAll(() => {
    postgres?.stop();
    desk.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const run = (commands: string, url = postgres.url) => desk.run(commands, url);

  /** Starts the server on the database of `env` for as long as `work` takes. */
  async function serve(work: (url: string) => Promise<unknown>): Promise<void> {
    const server = new ServerProcess(dataDir, { env });
    try {
      await work(await server.listening());
    } finally {
      await server.end();
      server.forget();
    }
  }

  /** An agency whose owner has signed in, added a webhook, and for which an event was published. */
  async function fill(): Promise<void> {
    const create = ['create', '--name', 'Acme', '--email', OWNER.email, '--url', 'https://webhooks.example'];
    const agency = new ServerProcess(dataDir, { env }, ['server/dist/cli/agency.js', ...create]);
    expect(await agency.exited).toEqual({ code: 0, signal: null });
    const [invite] = /bpoc_inv_[\w-]+/.exec(agency.logs())!;
    const [token] = /bpoc_svc_[\w-]+/.exec(agency.logs())!;
    await serve(async (url) => {
      const person = request.agent(url);
      const { body } = await person.post('/api/auth/invite').send({ token: invite, password: OWNER.password });
      const webhook = { url: 'https://hooks.example.com/', events: ['*'] };
      await person.post('/api/recruiter/webhooks').send(webhook).expect(201);
      const event = offerSent({ demo: { agencyId: (body as { agency: { id: string } }).agency.id } });
      await bearer(url, token).post('/api/internal/events').send(event).expect(202);
    });
  }

  it('makes a database that the server accepts, and repairs its roles', async () => {
    expect(run(commandsOf(ROLES, 'sh', PASSWORD))).toEqual(done);
    await serve(async (url) => expect((await request(url).get('/health/ready')).status).toBe(200));
    await execute(postgres.url, 'alter role bpoc inherit; alter role bpoc_tenant bypassrls');
    await expect(serve(() => Promise.resolve())).rejects.toThrow('inherits bpoc_service and bpoc_tenant');
    expect(run(repair(PASSWORD))).toEqual(done);
  });

  it('backs up with a read-only login, and keeps the last backup when one fails', async () => {
    await fill();
    await execute(postgres.url, commandsOf('Back up', 'sql', PASSWORD));
    const login = database(postgres.url, 'bpoc', 'bpoc_backup');
    const backUp = () => run(commandsOf('Back up', 'sh', PASSWORD), login);
    expect(backUp()).toEqual(done);
    const saved = readFileSync(join(desk.folder, 'bpoc.dump'));
    await execute(postgres.url, 'alter role bpoc_backup nobypassrls');
    expect(backUp()).toEqual({ code: 1, output: expect.stringContaining('row-level security') });
    expect(readFileSync(join(desk.folder, 'bpoc.dump')).equals(saved)).toBe(true);
    await expect(execute(login, 'delete from users')).rejects.toThrow('permission denied');
  });

  it('restores every row into a database that the server accepts', async () => {
    expect(run(commandsOf('Restore', 'sh', PASSWORD))).toEqual(done);
    const before = await rowsOf(database(postgres.url, 'bpoc'));
    expect(before.get('webhook_events')).toHaveLength(1);
    expect(await rowsOf(database(postgres.url, 'bpoc_restored'))).toEqual(before);
    env['DATABASE_URL'] = database(postgres.url, 'bpoc_restored', 'bpoc');
    await serve(async (url) => {
      const person = request.agent(url);
      await person.post('/api/auth/login').send(OWNER).expect(200);
      const { body } = await person.get('/api/recruiter/deliveries').expect(200);
      expect(body).toMatchObject({ data: [{ event: 'offer.sent' }] });
    });
  });
});

describe('the manual on the embedded PostgreSQL', () => {
  let server: TestServer;
  let url: string;

  beforeAll(async () => {
    server = await startServer({ ownDatabase: true });
    url = superuserUrl(server.dataDir);
  });
  afterAll(() => server?.stop());

  it('makes a login for backups that reads every row', async () => {
    await execute(url, commandsOf('Back up', 'sql', PASSWORD));
    // The database outlives the killed server, and nothing changes any more.
    await server.kill('SIGKILL');
    const rows = await rowsOf(url);
    expect(rows.get('users')!.length).toBeGreaterThan(0);
    expect(await rowsOf(database(url, 'bpoc', 'bpoc_backup'))).toEqual(rows);
  });

  describeWith('postgresql', binaries, 'with psql', () => {
    it('repairs a grant that is inherited', async () => {
      const { login } = JSON.parse(readFileSync(join(server.dataDir, 'postgres.json'), 'utf8')) as { login: string };
      const inherits = async () =>
        (await execute(url, `select pg_has_role('bpoc', 'bpoc_service', 'usage') as yes`)).rows;
      await execute(url, 'grant bpoc_service to bpoc with inherit true');
      expect(await inherits()).toEqual([{ yes: true }]);
      const desk = new OperatorDesk(binaries!);
      expect(desk.run(repair(login), url)).toEqual(done);
      desk.remove();
      expect(await inherits()).toEqual([{ yes: false }]);
      await server.restart();
    });
  });
});
