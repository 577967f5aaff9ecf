import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { addWebhook, applicationCreated, bearer, offerSent, publish, recruiter, service } from '../support/client.js';
import { CutProxy } from '../support/cut-proxy.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { findNats, freePort, NatsPublisher, NatsServer } from '../support/nats.js';
import { Program } from '../support/program.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { describeWith, findProgram } from '../support/requirements.js';
import { copyDatabase, copyOf } from '../support/shared-database.js';
import { addAgency } from '../support/shared.js';
import { newDataDir, ROOT, ServerProcess, startServer, type TestServer } from '../support/server.js';

/*
 * All alerts of docker/prometheus/rules.yml in a real Prometheus, with a system that is broken on purpose, and the
 * advice of docs/incidents.md: what can be seen, and what ends it. Waits and windows are seconds, and two limits are
 * smaller (`FASTER`); the expressions are as printed.
 */

/** Nothing listens there. */
const UNUSED_ADDRESS = '127.0.0.1:9';
const WAIT = { timeoutMs: 90_000 };
const FASTER: [printed: RegExp, here: string][] = [
  [/for: \d+m/g, 'for: 0s'],
  [/\[\d+[mh]\]/g, '[10s]'],
  [/(bpoc_nats_oldest_seconds\)) > 300/, '$1 > 3'],
  [/> 1000000/, '> 1000'],
];
const BATCH = 500;
/** More than 2,500 events wait. */
const BATCHES = 6;
/** What waits in NATS. */
const IN_NATS = 30;
/** An agency gets half of a pool of 10. */
const AGENCIES = 3;
const READERS = 6;
/** How many requests may wait for a table, so that the fault stays small. */
const MAX_READERS = 200;
/** Three quarters of the slots of a process, and more. */
const HANGING = 1_000;
const LATE_MS = 10_500;

/** On a signal, its clock is a minute ahead and it uses 700 MB. */
const SABOTAGE = `process.once('SIGUSR2', () => {
  const now = Date.now;
  Date.now = () => now() + 60_000;
  globalThis.leak = Buffer.alloc(700_000_000, 1);
});`;

const prometheusIsThere = findProgram(['prometheus', '--version']);

describeWith(prometheusIsThere ? 'nats' : 'promtool', prometheusIsThere && findNats(), 'a broken system', () => {
  const dataDir = newDataDir();
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-prometheus-'));
  let database: CutProxy;
  let nats: NatsServer;
  let publisher: NatsPublisher | undefined;
  let receiver: Receiver;
  let server: TestServer;
  let worker: ServerProcess | undefined;
  let workerPort: number;
  let broken: Record<string, string>;
  let prometheus: Program;
  let address: string;
  const printed = readFileSync(join(ROOT, 'docker/prometheus/rules.yml'), 'utf8');
  const untried = new Set([...printed.matchAll(/alert: (\w+)/g)].map(([, name]) => name!));

  beforeAll(async () => {
    await copyDatabase(dataDir);
    const { url } = copyOf(dataDir)!;
    database = await new CutProxy(Number(new URL(url).port)).restore();
    receiver = await startReceiver();
    nats = new NatsServer(await freePort(), mkdtempSync(join(tmpdir(), 'bpoc-nats-')), []);
    broken = {
      DATABASE_URL: url.replace(/@[^/]+/, `@${new URL(database.url).host}`),
      NATS_URL: nats.url,
      OUTBOUND_PROXY: `http://${UNUSED_ADDRESS}`,
      DESTINATION_HOSTS: `slack=${new URL(receiver.url('/')).host}`,
      // Attempts with our_fault are retried after 10 s.
      DELAY_SCALE: '1',
      ATTEMPT_TIMEOUT_MS: '1000',
      LEASE_MS: '3000',
    };
    // It accepts events and delivers nothing.
    server = await startServer({ env: { ...broken, ROLE: 'api' }, ownDatabase: true }, dataDir);
    workerPort = await freePort();
    startWorker(broken);

    for (const [pattern] of FASTER) expect(printed).toMatch(pattern);
    const rules = FASTER.reduce((text, [pattern, here]) => text.replace(pattern, here), printed);
    writeFileSync(join(folder, 'rules.yml'), rules);
    const targets = [new URL(server.url).host, `127.0.0.1:${workerPort}`];
    writeFileSync(
      join(folder, 'prometheus.yml'),
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: ['rules.yml'],
        scrape_configs: [{ job_name: 'bpoc-webhooks', static_configs: [{ targets }] }],
      }),
    );
    address = `127.0.0.1:${await freePort()}`;
    prometheus = new Program('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ]);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await publisher?.close();
    await worker?.end();
    await server?.stop();
    await nats?.stop();
    await database?.cut();
    await receiver?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function startWorker(env: Record<string, string>): void {
    worker = new ServerProcess(dataDir, { env: { ...env, ROLE: 'worker', PORT: String(workerPort) } });
  }

  /** Runs `npm run <name>` with the settings of the processes. */
  async function command(name: string, ...args: string[]): Promise<string> {
    const child = new ServerProcess(dataDir, { env: broken }, [`server/dist/cli/${name}.js`, ...args]);
    await child.exited;
    child.forget();
    return child.logs();
  }

  const firing = async (): Promise<string[]> => {
    const { body } = await request(`http://${address}`).get('/api/v1/alerts');
    const { alerts } = (body as { data: { alerts: { state: string; labels: { alertname: string } }[] } }).data;
    return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))];
  };
  /** Waits until each alert has fired at some time; `meanwhile` runs until then. */
  const fires = async (alerts: string[], meanwhile: () => unknown = () => undefined) => {
    const seen = new Set<string>();
    await eventually(
      async () => {
        await meanwhile();
        for (const alert of await firing()) seen.add(alert);
        expect([...seen]).toEqual(expect.arrayContaining(alerts));
      },
      { ...WAIT, everyMs: 500 },
    );
    for (const alert of alerts) untried.delete(alert);
  };
  const areOver = (...alerts: string[]) =>
    eventually(
      async () => {
        const still = await firing();
        expect(alerts.filter((alert) => still.includes(alert))).toEqual([]);
      },
      { ...WAIT, everyMs: 500 },
    );

  it('without NATS and egress proxy: BpocNatsUnreachable, BpocOurFault, BpocMostAttemptsFail', async () => {
    await addWebhook(server, { url: receiver.url('/'), events: ['application.created'] });
    await fires(['BpocNatsUnreachable']);
    await fires(['BpocOurFault', 'BpocMostAttemptsFail'], () => publish(server, applicationCreated(server)));
    expect(await firing()).not.toContain('BpocDown');
    expect(worker!.logs()).toContain('no events from NATS');
    const found = await command('doctor');
    expect(found).toMatch(/wrong +proxy/);
    expect(found).toMatch(/wrong +NATS/);
    await nats.start();
    await areOver('BpocNatsUnreachable');
  });

  it('with a publisher that sends what the catalogue refuses: BpocEventsNotAccepted, until it is dropped', async () => {
    publisher = await NatsPublisher.connect([nats.url]);
    await publisher.publish({ nonsense: true }, { subject: 'bpoc.events.application.created' });
    await fires(['BpocEventsNotAccepted']);
    const listed = await command('events', 'rejected');
    const [id] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(listed)!;
    await command('events', 'drop', id);
    await areOver('BpocEventsNotAccepted');
  });

  const SHORT = ['BpocIntakeFills', 'BpocConnectionsShort', 'BpocNatsLate', 'BpocNatsRedelivers'];
  it(`with a locked table: ${SHORT.join(', ')}, BpocDatabaseSlow`, async () => {
    const under: Promise<unknown>[] = [];
    const { superuserUrl } = copyOf(dataDir)!;
    const readers = await Promise.all(
      Array.from({ length: AGENCIES }, async () => {
        const { apiKey } = await addAgency(superuserUrl, server.demo);
        return bearer(server.url, apiKey);
      }),
    );
    const ask = (asked: request.Test) =>
      under.push(
        asked.timeout(60_000).then(
          () => undefined,
          () => undefined,
        ),
      );
    await withDatabase(dataDir, async (client) => {
      await client.query('begin; lock table webhook_events, webhook_deliveries in access exclusive mode');
      const batch = Array.from({ length: BATCH }, () => applicationCreated(server));
      for (let n = 0; n < BATCHES; n++) ask(service(server).post('/api/internal/events').send(batch));
      for (let n = 0; n < IN_NATS; n++)
        await publisher!.publish(applicationCreated(server), { subject: 'bpoc.events.application.created' });
      await fires(SHORT, () => {
        if (under.length > MAX_READERS) return;
        for (const reader of readers) for (let n = 0; n < READERS; n++) ask(reader.get('/api/recruiter/deliveries'));
      });
      const { rowCount } = await client.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
      expect(rowCount).toBeGreaterThan(0);
      await client.query('rollback');
    });
    await fires(['BpocDatabaseSlow']);
    await Promise.all(under);
    await areOver(...SHORT, 'BpocDatabaseSlow');
  });

  it('without a worker: BpocNoWorker, BpocDeliveriesOverdue, BpocBacklog, until one starts', async () => {
    await worker!.end();
    const batch = Array.from({ length: BATCH }, () => applicationCreated(server));
    for (let n = 0; n < 3; n++) await service(server).post('/api/internal/events').send(batch).expect(202);
    await withDatabase(dataDir, (client) =>
      client.query(`update webhook_queue set due_at = now() - interval '10 minutes'`),
    );
    await fires(['BpocNoWorker', 'BpocDeliveriesOverdue', 'BpocBacklog']);
    expect(await command('support', 'troubles')).toMatch(new RegExp(`"${server.demo.agencyId}".*"late":1`));

    const { OUTBOUND_PROXY: _, ...withoutProxy } = broken;
    startWorker({
      ...withoutProxy,
      ...{ MAX_IN_FLIGHT_PER_WEBHOOK: '1000', MAX_IN_FLIGHT_PER_AGENCY: '1024' },
      ...{ ATTEMPT_TIMEOUT_MS: '60000', LEASE_MS: '180000' },
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SABOTAGE)}`,
    });
    await areOver('BpocNoWorker', 'BpocDeliveriesOverdue', 'BpocBacklog', 'BpocOurFault', 'BpocMostAttemptsFail');
    expect(await command('support', 'troubles')).toContain('No agency has trouble');
  });

  it('with a tool that rejects a message: BpocMessageRefused', async () => {
    receiver.script('/services/T0/B0/x', { status: 400, body: 'invalid_payload' });
    const webhooks = recruiter(server).post('/api/recruiter/webhooks');
    const { body } = await webhooks
      .send({ kind: 'slack', url: receiver.url('/services/T0/B0/x'), events: ['offer.sent'] })
      .expect(201);
    await publish(server, offerSent(server));
    await fires(['BpocMessageRefused']);
    const found = await recruiter(server).get('/api/recruiter/deliveries').query({ reason: 'message_refused' });
    expect((found.body as { data: unknown[] }).data).toHaveLength(1);
    await recruiter(server)
      .delete(`/api/recruiter/webhooks/${(body as { id: string }).id}`)
      .expect(204);
    await areOver('BpocMessageRefused');
  });

  it('with a receiver that is too slow: BpocNearLimit, BpocFirstRequestsLate, until it answers', async () => {
    await addWebhook(server, { url: receiver.url('/slow'), events: ['offer.sent'] });
    let answer = () => {};
    const when = new Promise<void>((resolve) => (answer = resolve));
    receiver.script('/slow', ...Array.from({ length: HANGING }, () => ({ status: 200, when })));
    const begun = performance.now();
    const batch = Array.from({ length: BATCH }, () => offerSent(server));
    for (let n = 0; n < 2 * (HANGING / BATCH); n++)
      await service(server).post('/api/internal/events').send(batch).expect(202);
    await fires(['BpocNearLimit']);
    // Others find a slot.
    const before = receiver.requests('/').length;
    await publish(server, applicationCreated(server));
    await receiver.next('/', before + 1);
    await eventually(() => expect(performance.now() - begun).toBeGreaterThan(LATE_MS));
    answer();
    await fires(['BpocFirstRequestsLate']);
    await areOver('BpocNearLimit', 'BpocFirstRequestsLate');
  });

  it('fills every panel of the dashboard', async () => {
    const file = join(ROOT, 'docker/grafana/dashboards/bpoc-webhooks.json');
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets: { expr: string }[] }[] };
    for (const { expr: query } of panels.flatMap(({ targets }) => targets)) {
      const { body } = await request(`http://${address}`).get('/api/v1/query').query({ query });
      expect([query, (body as { data: { result: unknown[] } }).data.result.length]).not.toEqual([query, 0]);
    }
  });

  it('with an unhealthy process: BpocClockWrong, BpocMemory, BpocProcessBusy, until it is replaced', async () => {
    worker!.kill('SIGUSR2');
    await fires(['BpocClockWrong', 'BpocMemory']);
    await fires(['BpocProcessBusy'], async () => {
      // Others take its CPU.
      worker!.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 700));
      worker!.kill('SIGCONT');
    });
    await worker!.end();
    await areOver('BpocClockWrong', 'BpocMemory', 'BpocProcessBusy');
  });

  it('without a database: BpocDatabaseUnreachable, until it is back', async () => {
    await database.cut();
    await fires(['BpocDatabaseUnreachable']);
    expect(await command('doctor')).toMatch(/wrong +database/);
    await database.restore();
    await areOver('BpocDatabaseUnreachable');
  });

  it('that is completely down: BpocDown', async () => {
    await server.stop();
    await fires(['BpocDown']);
  });

  it('fires every alert', () => {
    expect([...untried]).toEqual([]);
  });
});
