import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { addWebhook, applicationCreated, publish } from '../support/client.js';
import { CutProxy } from '../support/cut-proxy.js';
import { withDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/nats.js';
import { Program } from '../support/program.js';
import { describeWith, findProgram } from '../support/requirements.js';
import { copyDatabase, copyOf } from '../support/shared-database.js';
import { newDataDir, ROOT, ServerProcess, startServer, type TestServer } from '../support/server.js';

/*
 * Alerts of docker/prometheus/rules.yml in a real Prometheus, beside a system that is broken on purpose. Waits and
 * windows are seconds; the expressions and limits are as printed.
 */

/** Nothing listens there. */
const NOWHERE = '127.0.0.1:9';
const WAIT = { timeoutMs: 60_000 };

describeWith('promtool', findProgram(['prometheus', '--version']), 'a broken system', () => {
  const dataDir = newDataDir();
  const folder = mkdtempSync(join(tmpdir(), 'bpoc-prometheus-'));
  let database: CutProxy;
  let server: TestServer;
  let worker: ServerProcess | undefined;
  let prometheus: Program;
  let address: string;

  beforeAll(async () => {
    await copyDatabase(dataDir);
    const { url } = copyOf(dataDir)!;
    database = await new CutProxy(Number(new URL(url).port)).restore();
    const throughProxy = url.replace(/@[^/]+/, `@${new URL(database.url).host}`);
    const broken = { DATABASE_URL: throughProxy, NATS_URL: `nats://${NOWHERE}`, OUTBOUND_PROXY: `http://${NOWHERE}` };
    // It takes what comes, and delivers nothing.
    server = await startServer({ env: { ...broken, ROLE: 'api' }, ownDatabase: true }, dataDir);
    const workerPort = await freePort();
    worker = new ServerProcess(dataDir, { env: { ...broken, ROLE: 'worker', PORT: String(workerPort) } });

    const rules = readFileSync(join(ROOT, 'docker/prometheus/rules.yml'), 'utf8')
      .replaceAll(/for: \d+m/g, 'for: 0s')
      .replaceAll(/\[\d+m\]/g, '[10s]');
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
    await worker?.end();
    await server?.stop();
    await database?.cut();
    rmSync(folder, { recursive: true, force: true });
  });

  const firing = async (): Promise<string[]> => {
    const { body } = await request(`http://${address}`).get('/api/v1/alerts');
    const { alerts } = (body as { data: { alerts: { state: string; labels: { alertname: string } }[] } }).data;
    return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))];
  };
  const fires = (alert: string) => eventually(async () => expect(await firing()).toContain(alert), WAIT);
  const isOver = (alert: string) => eventually(async () => expect(await firing()).not.toContain(alert), WAIT);

  it('without NATS and egress proxy: BpocNatsUnreachable, BpocOurFault, BpocMostAttemptsFail', async () => {
    await addWebhook(server, { url: 'http://localhost:9/' });
    await fires('BpocNatsUnreachable');
    await eventually(async () => {
      await publish(server, applicationCreated(server));
      expect(await firing()).toEqual(expect.arrayContaining(['BpocOurFault', 'BpocMostAttemptsFail']));
    }, WAIT);
    expect(await firing()).not.toContain('BpocDown');
  });

  it('without a worker lets deliveries wait: BpocDeliveriesOverdue', async () => {
    await worker!.end();
    await publish(server, applicationCreated(server));
    await withDatabase(dataDir, (client) =>
      client.query(`update webhook_queue set due_at = now() - interval '10 minutes'`),
    );
    await fires('BpocDeliveriesOverdue');
  });

  it('without a database: BpocDatabaseUnreachable, until it is back', async () => {
    await database.cut();
    await fires('BpocDatabaseUnreachable');
    await database.restore();
    await isOver('BpocDatabaseUnreachable');
  });

  it('that is down altogether: BpocDown', async () => {
    await server.stop();
    await fires('BpocDown');
  });
});
