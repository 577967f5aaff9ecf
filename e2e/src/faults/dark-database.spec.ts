import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, bearer } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';
import { DarkProxy } from './dark-proxy.js';
import { LONG } from './fleet.js';

/*
 * A database that is cut off without an error: packets vanish and no connection is closed. The server that reaches its database only that way
 * must refuse new events in time, keep what it has, and work again soon after the network does, without a restart.
 */

const DARK_MS = LONG ? 30_000 : 12_000;

/** Owns the database; delivers nothing, so that all work is the other's. */
let owner: TestServer;
let cutOff: ServerProcess;
let url: string;
let proxy: DarkProxy;
let receiver: Receiver;

beforeAll(async () => {
  [owner, receiver] = await Promise.all([startServer({ env: { ROLE: 'api' } }), startReceiver()]);
  const file = (name: string): string => readFileSync(join(owner.dataDir, name), 'utf8');
  const { login } = JSON.parse(file('postgres.json')) as { login: string };
  proxy = new DarkProxy(Number(file('postgres/postmaster.pid').split('\n')[3]));
  cutOff = new ServerProcess(owner.dataDir, {
    env: {
      DATABASE_URL: `postgres://bpoc:${login}@127.0.0.1:${await proxy.listen()}/bpoc`,
      SECRETS_KEYS: file('secrets.key').trim(),
      ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
      ATTEMPT_TIMEOUT_MS: '1000',
      LEASE_MS: '3000',
    },
  });
  url = await cutOff.listening();
});
afterAll(async () => {
  proxy.heal();
  await cutOff.end();
  cutOff.forget();
  proxy.close();
  await receiver.close();
  await owner.stop();
});

const publish = async (): Promise<number> => {
  const agent = bearer(url, owner.demo.serviceToken);
  return (await agent.post('/api/internal/events').timeout(20_000).send(applicationCreated(owner))).status;
};

it(`comes back without a restart after ${DARK_MS / 1000} s in the dark`, async () => {
  await addWebhook(owner, { url: receiver.url('/in') });
  expect(await publish()).toBe(202);
  await receiver.next('/in');

  proxy.goDark();
  const refused = publish();
  const healthy = bearer(url, null).get('/health/live');
  expect((await healthy).status).toBe(200);
  // Not accepted, and said so before a publisher gives up.
  expect(await refused).toBe(503);
  await new Promise((resolve) => setTimeout(resolve, DARK_MS));

  proxy.heal();
  const healed = performance.now();
  await eventually(async () => expect(await publish()).toBe(202), { timeoutMs: 15_000 });
  const seconds = ((performance.now() - healed) / 1000).toFixed(1);
  await receiver.next('/in', 2);
  console.log(`dark for ${DARK_MS / 1000} s: takes events again ${seconds} s after the network is back`);
  expect(Number(seconds)).toBeLessThan(5);
  expect(cutOff.logs().match(/listening on/g)).toHaveLength(1);
}, 120_000);
