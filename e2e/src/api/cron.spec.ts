import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { parse } from 'yaml';
import { addWebhook, applicationCreated, deliveriesOf, problemOf, publish } from '../support/client.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ROOT, startServer, type TestServer } from '../support/server.js';
import { sharedServer } from '../support/shared.js';

const PATH = '/api/cron/webhook-retries';
/** Nothing is sent unless the scheduler calls, and a retry is a minute away. */
const ENV = { CRON_SECRET: 'open sesame', ROLE: 'api', DELAY_SCALE: '1' };
let server: TestServer;
let receiver: Receiver;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startServer({ env: ENV }), startReceiver()]);
});
afterAll(async () => {
  await receiver.close();
  await server.stop();
});

describe('the address for an external scheduler', () => {
  it.each(['get', 'post'] as const)('sends what is due and answers with counts (%s)', async (method) => {
    const response = await request(server.url)[method](PATH).set('authorization', 'Bearer open sesame');
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ claimed: 0, delivered: 0, retrying: 0, failed: 0 });
  });

  it('sends what this server does not send in the background', async () => {
    receiver.script('/down', 503, 503);
    const up = await addWebhook(server, { url: receiver.url('/up') });
    const down = await addWebhook(server, { url: receiver.url('/down') });
    for (let n = 0; n < 2; n++) await publish(server, applicationCreated(server));
    expect(receiver.all).toEqual([]);
    const { body } = await request(server.url).get(PATH).set('authorization', 'Bearer open sesame');
    expect(body).toEqual({ claimed: 4, delivered: 2, retrying: 2, failed: 0 });
    const states = async (id: string) => (await deliveriesOf(server, id)).map(({ status }) => status);
    expect(await states(up.id)).toEqual(['delivered', 'delivered']);
    expect(await states(down.id)).toEqual(['retrying', 'retrying']);
  });

  it('serves the schedulers of examples/schedulers', async () => {
    const read = (name: string) => readFileSync(join(ROOT, 'examples/schedulers', name), 'utf8');
    const { crons } = JSON.parse(read('vercel.json')) as { crons: { path: string; schedule: string }[] };
    expect(crons).toEqual([{ path: PATH, schedule: '*/5 * * * *' }]);
    const folder = mkdtempSync(join(tmpdir(), 'bpoc-cron-'));
    const secret = 'open sesame';
    writeFileSync(join(folder, 'header'), `Authorization: Bearer ${secret}`);
    const line = read('crontab')
      .split('\n')
      .find((one) => one.startsWith('*/5 * * * * '))!;
    const ofCrontab = line.slice('*/5 * * * * '.length).replace('/etc/bpoc/cron-header', join(folder, 'header'));
    interface CronJob {
      spec: { schedule: string; jobTemplate: { spec: { template: { spec: { containers: { args: [string] }[] } } } } };
    }
    const { spec } = parse(read('cronjob.yaml')) as CronJob;
    expect(spec.schedule).toBe('*/5 * * * *');
    const ofKubernetes = spec.jobTemplate.spec.template.spec.containers[0]!.args[0];
    for (const command of [ofCrontab, ofKubernetes.replace('http://bpoc-webhooks:3000', server.url)]) {
      const env = { PATH: process.env['PATH'], WEBHOOKS_URL: server.url, CRON_SECRET: secret };
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
      expect(JSON.parse(stdout)).toEqual({ claimed: 0, delivered: 0, retrying: 0, failed: 0 });
    }
    rmSync(folder, { recursive: true });
  });

  it('requires its secret', async () => {
    problemOf(await request(server.url).get(PATH), 401, 'unauthenticated');
    problemOf(await request(server.url).get(PATH).set('authorization', 'Bearer open'), 401, 'unauthenticated');
    problemOf(
      await request(server.url).get(PATH).set('authorization', `Bearer ${server.demo.apiKey}`),
      401,
      'unauthenticated',
    );
  });

  it('does not exist without a secret', async () => {
    const { url } = await sharedServer();
    problemOf(await request(url).get(PATH), 404, 'not_found');
  });
});
