import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addWebhook, deliveriesOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Program } from '../support/program.js';
import { startReceiver } from '../support/receiver.js';
import { sharedServer, type SharedServer } from '../support/shared.js';

let server: SharedServer;
/** The demo's file, written by its server. */
const dataDir = mkdtempSync(join(tmpdir(), 'bpoc-examples-'));

beforeAll(async () => {
  server = await sharedServer();
  writeFileSync(join(dataDir, 'demo.json'), JSON.stringify(server.demo));
});
afterAll(() => rmSync(dataDir, { recursive: true }));

async function trigger(
  type: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const program = new Program(process.execPath, ['scripts/trigger.mjs', type], { DATA_DIR: dataDir, ...env });
  const { code } = await program.exited;
  return { code, output: program.output };
}

describe('the quick start', () => {
  it('examples/receiver.mjs verifies and prints what npm run trigger publishes, and ignores repeats', async () => {
    // The address must be known before the secret, so the port is chosen with a temporary receiver.
    const placeholder = await startReceiver();
    const { port } = placeholder;
    await placeholder.close();
    const webhook = await addWebhook(server, {
      url: `http://localhost:${port}/webhooks/bpoc`,
      events: ['application.*'],
    });
    const env = { PORT: String(port), BPOC_WEBHOOK_SECRET: webhook.secret };
    const receiver = new Program(process.execPath, ['examples/receiver.mjs'], env);
    try {
      expect(await receiver.listening()).toBe(webhook.url);
      const run = await trigger('application.created');
      expect(run).toMatchObject({ code: 0, output: expect.stringContaining('1 delivery.') });
      const [delivery] = await eventually(async () => {
        const found = await deliveriesOf(server, webhook.id);
        expect(found).toMatchObject([{ status: 'delivered', response_status: 200 }]);
        return found;
      });
      expect(run.output).toContain(delivery!.event_id);
      expect(run.output).toContain(`${server.url}/recruiter/api/deliveries`);
      // Its output comes through a pipe and its answer through a socket, so either may be first.
      await eventually(() => expect(receiver.output).toContain(`verified  application.created  ${delivery!.event_id}`));
    } finally {
      await receiver.stop();
    }
  });

  it('examples/receiver.mjs refuses a wrong signature, and a valid one that omits id and time', async () => {
    const secret = 'whsec_AAAA';
    const env = { PORT: '0', BPOC_WEBHOOK_SECRET: secret };
    const receiver = new Program(process.execPath, ['examples/receiver.mjs'], env);
    try {
      const url = await receiver.listening();
      const post = (headers: Record<string, string>) => fetch(url, { method: 'POST', body: '{}', headers });
      expect((await post({})).status).toBe(401);
      expect((await post({ 'x-webhook-signature': 'sha256=00' })).status).toBe(401);
      const right = `sha256=${createHmac('sha256', secret).update('{}').digest('hex')}`;
      expect((await post({ 'x-webhook-signature': right, 'webhook-id': 'any' })).status).toBe(401);
      expect((await fetch(url)).status).toBe(405);
    } finally {
      await receiver.stop();
    }
  });
});

describe('npm run trigger', () => {
  it('lists the events when it does not know the requested one', async () => {
    const run = await trigger('application.exploded');
    expect(run.code).toBe(1);
    expect(run.output).toContain('no event "application.exploded"');
    expect(run.output.match(/^ {2}\w+(\.\w+)+ /gm)).toHaveLength(10);
  });

  it('says so when no webhook listens, and when no server runs', async () => {
    expect(await trigger('placement.created')).toMatchObject({
      code: 0,
      output: expect.stringContaining('No webhook subscribes'),
    });
    const away = await trigger('placement.created', { BPOC_WEBHOOKS_URL: 'http://127.0.0.1:1' });
    expect(away).toMatchObject({ code: 1, output: expect.stringContaining(' answers at') });
    const none = await trigger('placement.created', { DATA_DIR: `${dataDir}/nowhere` });
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('npm start') });
  });
});
