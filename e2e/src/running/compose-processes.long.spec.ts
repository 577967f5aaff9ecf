import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { applicationCreated, bearer } from '../support/client.js';
import { environmentOf, readCompose } from '../support/compose.js';
import { withConnection } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { findNats, freePort, type NatsServer, NatsPublisher, startNats } from '../support/nats.js';
import { Program } from '../support/program.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findProgram } from '../support/requirements.js';
import { newDataDir, ROOT, ServerProcess } from '../support/server.js';
import { copyDatabase, copyOf, dropCopy } from '../support/shared-database.js';

/*
 * The processes of docker-compose.yml, started without containers in its environment and order: migrate on an empty
 * database, two api, two worker. PostgreSQL and NATS are those of this machine, set by the variables of .env.
 */

const { services } = readCompose();

describeWith('nats', findNats(), 'the processes of docker-compose.yml', () => {
  const dataDir = newDataDir();
  const name = `compose_${randomBytes(6).toString('hex')}`;
  let superuserUrl: string;
  let nats: NatsServer;
  let receiver: Receiver;
  let variables: Record<string, string>;
  const processes: ServerProcess[] = [];
  const urls: Record<'api' | 'worker', string[]> = { api: [], worker: [] };
  let agency: { id: string; token: string; invite: string };

  beforeAll(async () => {
    receiver = await startReceiver();
    const passwords = { BPOC_NATS_PASSWORD: 'Correct4Horse', BPOC_NATS_PUBLISHER_PASSWORD: 'Battery5Staple' };
    nats = await startNats(['-c', join(ROOT, 'docker/nats.conf')], passwords);
    await copyDatabase(dataDir);
    const copy = copyOf(dataDir)!;
    superuserUrl = copy.superuserUrl;
    await withConnection(superuserUrl, (client) =>
      client.query(`create database ${name} owner bpoc template template0`),
    );
    const own = (url: string) => url.replace(/\/[^/]*$/, `/${name}`);
    await withConnection(own(superuserUrl), (client) => client.query('alter schema public owner to bpoc'));
    variables = {
      ...passwords,
      BPOC_DATABASE_PASSWORD: 'not-asked-for',
      DATABASE_URL: own(copy.url),
      NATS_URL: `nats://bpoc:${passwords.BPOC_NATS_PASSWORD}@127.0.0.1:${nats.port}`,
      SECRETS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
      METRICS_TOKEN: 'metrics-token',
    };
  });
  afterAll(async () => {
    for (const process of processes) {
      await process.end();
      process.forget();
    }
    await withConnection(superuserUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    await dropCopy(dataDir);
    await nats?.stop();
    await receiver?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** A process of a service; only the port differs from its container. */
  const start = (service: string, port = 0, command = services[service]!.command?.slice(1) ?? ['server/start.cjs']) => {
    const environment = environmentOf(services[service]!, variables);
    // No defaults of tests.
    const env = { DELAY_SCALE: undefined, LOG_LEVEL: undefined, ...environment, PORT: String(port) };
    return new ServerProcess(dataDir, { env: { ...env, NODE_ENV: 'production' } }, command);
  };

  async function finished(process: ServerProcess): Promise<string> {
    expect({ exit: await process.exited, logs: process.logs() }).toMatchObject({ exit: { code: 0 } });
    process.forget();
    return process.logs();
  }

  it('migrate creates the schema and exits', async () => {
    expect(await finished(start('migrate'))).toContain('The database is up to date.');
  });

  it('migrate gives the first agency its token', async () => {
    const create = ['create', '--url', 'https://hooks.example.org', '--name', 'Acme', '--email', 'owner@acme.example'];
    const output = await finished(start('migrate', 0, ['server/dist/cli/agency.js', ...create]));
    const first = (pattern: RegExp) => pattern.exec(output)![0];
    agency = { id: first(/[\da-f-]{36}/), token: first(/bpoc_svc_[\w-]+/), invite: first(/bpoc_inv_[\w-]+/) };
  });

  it('api and worker run twice each', async () => {
    for (const role of ['api', 'worker'] as const) {
      for (let n = 0; n < services[role]!.deploy!.replicas; n++) {
        const port = await freePort();
        processes.push(start(role, port));
        // They print PUBLIC_URL, the address of the proxy.
        urls[role].push(`http://127.0.0.1:${port}`);
      }
    }
    await Promise.all(processes.map((process) => process.listening()));
    for (const url of [...urls.api, ...urls.worker])
      expect((await request(url).get('/health/ready')).body).toMatchObject({ status: 'ok' });
    const checks = await Promise.all(
      [urls.api[0]!, urls.worker[0]!].map(async (url) => {
        const { body } = await request(url).get('/health/ready');
        return Object.keys((body as { checks: object }).checks);
      }),
    );
    expect(checks[0]).not.toContain('nats');
    expect(checks[1]).toEqual(expect.arrayContaining(['nats', 'dispatcher']));
  });

  it('events from an api or from NATS are delivered by a worker', async () => {
    const owner = request.agent(urls.api[0]);
    await owner.post('/api/auth/invite').send({ token: agency.invite, password: 'correct horse battery' }).expect(200);
    const webhook = { url: receiver.url('/hook'), events: ['*'] };
    await owner.post('/api/recruiter/webhooks').send(webhook).expect(201);
    const demo = { demo: { agencyId: agency.id } } as Parameters<typeof applicationCreated>[0];
    for (const url of urls.api)
      await bearer(url, agency.token).post('/api/internal/events').send(applicationCreated(demo)).expect(202);
    const login = { user: 'publisher', pass: variables['BPOC_NATS_PUBLISHER_PASSWORD']! };
    const publisher = await NatsPublisher.connect([nats.url], login);
    await publisher.publish(applicationCreated(demo), { subject: 'bpoc.events.application.created' });
    await receiver.next('/hook', 3);
    await publisher.close();
    const attempts = async (url: string) => {
      const { text } = await request(url).get('/metrics').set('authorization', 'Bearer metrics-token').expect(200);
      return Number(/^bpoc_attempts_total\{reason="ok"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const total = async (of: string[]) => (await Promise.all(of.map(attempts))).reduce((sum, one) => sum + one, 0);
    await eventually(async () => expect(await total(urls.worker)).toBe(3));
    expect(await total(urls.api)).toBe(0);
  });

  it.each(['prometheus/rules.yml', 'grafana/dashboards/bpoc-webhooks.json'])(
    'have the metrics of docker/%s',
    async (file) => {
      const asking = readFileSync(join(ROOT, 'docker', file), 'utf8');
      const asked = new Set(asking.match(/\bbpoc_\w+?(?=_bucket\b|\b)/g));
      expect(asked.size).toBeGreaterThan(2);
      const { text } = await request(urls.worker[0]!).get('/metrics').set('authorization', 'Bearer metrics-token');
      for (const metric of asked) expect(text).toContain(`# TYPE ${metric} `);
    },
  );

  describeWith('haproxy', findProgram(['haproxy', '-v']), 'behind the proxy of docker/haproxy.cfg', () => {
    it('get requests that are not for /metrics', async () => {
      const port = await freePort();
      const { port: apiPort } = new URL(urls.api[0]!);
      // Without the name server of containers.
      const api = { API_NAME: '127.0.0.1', API_PORT: apiPort, NAME_SERVER: '127.0.0.1:9' };
      const proxy = new Program('haproxy', ['-db', '-f', 'docker/haproxy.cfg'], {
        ...api,
        PROXY_BIND: `127.0.0.1:${port}`,
      });
      const url = `http://127.0.0.1:${port}`;
      try {
        await eventually(async () => expect((await request(url).get('/health/ready')).status).toBe(200), {
          timeoutMs: 20_000,
        });
        expect((await request(url).get('/metrics')).status).toBe(404);
        await bearer(url, agency.token).get('/api/me').expect(403);
      } finally {
        await proxy.stop();
      }
    });
  });
});
