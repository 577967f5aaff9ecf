import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { debianPostgres, OLDEST, startDebianPostgres } from '../../../scripts/debian-postgres.mjs';
import { bearer, offerSent } from '../support/client.js';
import { superuserUrl, withConnection } from '../support/database.js';
import { dumpOf } from '../support/dump.js';
import { commandsOf, OperatorDesk } from '../support/manual.js';
import { describeWith } from '../support/requirements.js';
import { newDataDir, ServerProcess, startServer, type TestServer } from '../support/server.js';

/*
 * docs/operating.md, run as it is printed: on the oldest PostgreSQL that is supported, and, as far as its programs talk to
 * a newer server, on the embedded one.
 */

const PASSWORD = 'Correct4Horse';
const ROLES = 'The database and its roles';

const binaries = debianPostgres(OLDEST);
const database = (url: string, name: string, as?: string): string => {
  const changed = new URL(url);
  changed.pathname = name;
  if (as !== undefined) [changed.username, changed.password] = [as, PASSWORD];
  return changed.href;
};
const asSuperuser = (url: string, sql: string) => withConnection(url, (client) => client.query(sql));

describeWith('postgresql', binaries, `the manual on PostgreSQL ${OLDEST}`, () => {
  const dataDir = newDataDir();
  let postgres: Awaited<ReturnType<typeof startDebianPostgres>>;
  let desk: OperatorDesk;
  let env: Record<string, string>;

  beforeAll(async () => {
    postgres = await startDebianPostgres(binaries!);
    desk = new OperatorDesk(binaries!);
    const keys = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
    env = { DATABASE_URL: database(postgres.url, 'bpoc', 'bpoc'), SECRETS_KEYS: keys };
  });
  afterAll(() => {
    postgres.stop();
    desk.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const done = { code: 0, output: expect.not.stringMatching(/error/i) };
  const run = (commands: string, url = postgres.url) => desk.run(commands, url);
  /** Everything the server answers about the agency, once it runs on the database of `env`. */
  const serve = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
    const server = new ServerProcess(dataDir, { env });
    try {
      return await work(await server.listening());
    } finally {
      await server.end();
      server.forget();
    }
  };

  it('makes a database that the server takes, and repairs its roles', async () => {
    expect(run(commandsOf(ROLES, 'sh', PASSWORD))).toEqual(done);
    await serve(async (url) => expect((await request(url).get('/health/ready')).status).toBe(200));
    await asSuperuser(postgres.url, 'alter role bpoc inherit; alter role bpoc_tenant bypassrls');
    await expect(serve(() => Promise.resolve())).rejects.toThrow('inherits bpoc_service and bpoc_tenant');
    const [, psql] = commandsOf(ROLES, 'sh', PASSWORD).split('\n');
    expect(run(psql!)).toEqual(done);
  });

  it('backs up and restores every row, with a login that may read and nothing else', async () => {
    const agency = new ServerProcess(dataDir, { env }, [
      'server/dist/cli/agency.js',
      ...['create', '--name', 'Acme', '--email', 'owner@acme.example'],
    ]);
    expect(await agency.exited).toEqual({ code: 0, signal: null });
    const [invite] = /bpoc_inv_[\w-]+/.exec(agency.logs())!;
    const [token] = /bpoc_svc_[\w-]+/.exec(agency.logs())!;
    const owner = { email: 'owner@acme.example', password: 'correct horse battery' };
    await serve(async (url) => {
      const person = request.agent(url);
      const { body } = await person.post('/api/auth/invite').send({ token: invite, password: owner.password });
      await person
        .post('/api/recruiter/webhooks')
        .send({ url: 'https://hooks.example.com/', events: ['*'] })
        .expect(201);
      const event = offerSent({ demo: { agencyId: body.agency.id } });
      await bearer(url, token).post('/api/internal/events').send(event).expect(202);
    });

    await asSuperuser(postgres.url, commandsOf('Back up', 'sql', PASSWORD));
    const backUp = () => run(commandsOf('Back up', 'sh', PASSWORD), database(postgres.url, '', 'bpoc_backup'));
    expect(backUp()).toEqual(done);
    const file = join(desk.folder, 'bpoc.dump');
    const saved = readFileSync(file);
    // Its part is not taken for a backup.
    await asSuperuser(postgres.url, 'alter role bpoc_backup nobypassrls');
    expect(backUp()).toEqual({ code: 1, output: expect.stringContaining('row-level security') });
    expect(readFileSync(file).equals(saved)).toBe(true);
    await asSuperuser(postgres.url, 'alter role bpoc_backup bypassrls');
    await expect(asSuperuser(database(postgres.url, 'bpoc', 'bpoc_backup'), 'delete from users')).rejects.toThrow(
      'denied',
    );

    expect(run(commandsOf('Restore', 'sh', PASSWORD))).toEqual(done);
    const rows = (name: string) => withConnection(database(postgres.url, name), dumpOf);
    const before = await rows('bpoc');
    expect(before.get('webhook_deliveries')).toHaveLength(1);
    expect(await rows('bpoc_restored')).toEqual(before);

    env['DATABASE_URL'] = database(postgres.url, 'bpoc_restored', 'bpoc');
    await serve(async (url) => {
      const person = request.agent(url);
      await person.post('/api/auth/login').send(owner).expect(200);
      const { body } = await person.get('/api/recruiter/deliveries').expect(200);
      expect(body.data).toEqual([expect.objectContaining({ event: 'offer.sent' })]);
    });
    expect(existsSync(`${file}.part`)).toBe(true);
  });
});

describeWith('postgresql', binaries, 'the manual on the embedded PostgreSQL', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.stop());

  it('repairs roles, and makes a login for backups that reads every row', async () => {
    const url = superuserUrl(server.dataDir);
    const desk = new OperatorDesk(binaries!);
    const { login } = JSON.parse(readFileSync(join(server.dataDir, 'postgres.json'), 'utf8')) as { login: string };
    await asSuperuser(url, 'grant bpoc_service to bpoc with inherit true');
    const [, psql] = commandsOf(ROLES, 'sh', login).split('\n');
    expect(desk.run(psql!, url)).toMatchObject({ code: 0 });
    desk.remove();
    await server.restart();

    await asSuperuser(superuserUrl(server.dataDir), commandsOf('Back up', 'sql', PASSWORD));
    await server.kill('SIGKILL');
    const rows = await withConnection(superuserUrl(server.dataDir), dumpOf);
    expect(rows.get('users')!.length).toBeGreaterThan(0);
    expect(await withConnection(database(superuserUrl(server.dataDir), 'bpoc', 'bpoc_backup'), dumpOf)).toEqual(rows);
  });
});
