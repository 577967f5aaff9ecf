import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { addWebhook, applicationCreated, bearer } from '../support/client.js';
import { databasePort } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { QUIET } from '../support/long.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { ServerProcess, startServer, type TestServer } from '../support/server.js';
import { DarkProxy } from './dark-proxy.js';
import { PER_WEBHOOK } from './fleet.js';
import { compareReceived, CRASH_WORDS, untilAllDelivered } from './oracle.js';
import { Publishers } from './publishers.js';

/*
 * A database is cut off without an error, under load: packets vanish and no connection is closed. The server must
 * refuse new events in time, keep what it has, and recover without a restart.
 */

/** Longer than the statement timeout (10 s). */
const DARK_MS = 30_000;
/** 5 s are promised, including PostgreSQL's recovery; other forms of the test may run on a busy machine. */
const BACK_WITHIN_MS = QUIET ? 5_000 : 60_000;
const PATHS = ['/0', '/1'];
/** Requests in flight when the network fails, which are answered while it is down. */
const HELD_REQUESTS = 4;
const MANY = 30;
/** Of the server that is cut off, including what it has claimed ahead. */
const IN_FLIGHT = PATHS.length * PER_WEBHOOK;

/** Owns the database and delivers nothing, so that the other server does all work. */
let owner: TestServer;
let cutOff: ServerProcess;
let url: string;
let proxy: DarkProxy;
let receiver: Receiver;
let publishers: Publishers;

beforeAll(async () => {
  [owner, receiver] = await Promise.all([
    startServer({ env: { ROLE: 'api' }, ownDatabase: true }),
    startReceiver({ otherwise: { status: 200, delayMs: 10 } }),
  ]);
  const file = (name: string): string => readFileSync(join(owner.dataDir, name), 'utf8');
  const { login } = JSON.parse(file('postgres.json')) as { login: string };
  proxy = new DarkProxy(databasePort(owner.dataDir));
  cutOff = new ServerProcess(owner.dataDir, {
    env: {
      DATABASE_URL: `postgres://bpoc:${login}@127.0.0.1:${await proxy.listen()}/bpoc`,
      SECRETS_KEYS: file('secrets.key').trim(),
      ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
      ATTEMPT_TIMEOUT_MS: '1000',
      // Over before the network is back; a busy machine that took longer to record an answer would send it twice.
      LEASE_MS: '9000',
      MAX_IN_FLIGHT_PER_WEBHOOK: String(PER_WEBHOOK),
      MAX_IN_FLIGHT: String(IN_FLIGHT),
    },
  });
  url = await cutOff.listening();
  publishers = new Publishers({ server: owner, urls: () => [url] });
});
afterAll(async () => {
  proxy.heal();
  await publishers.stop();
  await cutOff.end();
  cutOff.forget();
  proxy.close();
  await receiver.close();
  await owner.stop();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const publishOnce = async (): Promise<number> => {
  const agent = bearer(url, owner.demo.serviceToken);
  const event = { ...applicationCreated(owner), id: 'refused in the dark' };
  return (await agent.post('/api/internal/events').timeout(30_000).send(event)).status;
};

/** Resolves when the next requests have arrived, which are held until `release`. */
function holdRequests(path: string): { out: Promise<void>; release: () => void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const before = receiver.requests(path).length;
  receiver.script(path, ...Array.from({ length: HELD_REQUESTS }, () => ({ status: 200, when: released })));
  const out = eventually(() => expect(receiver.requests(path).length).toBeGreaterThanOrEqual(before + HELD_REQUESTS), {
    everyMs: 1,
  });
  return { out, release };
}

it(`recovers without a restart after ${DARK_MS / 1000} s without a network, and nothing is lost`, async () => {
  for (const path of PATHS) await addWebhook(owner, { url: receiver.url(path) });
  publishers.publish(Infinity, { everyMs: 25 });
  await eventually(() => expect(receiver.all.length).toBeGreaterThan(MANY));

  const held = holdRequests(PATHS[0]!);
  await held.out;
  proxy.goDark();
  const dark = performance.now();
  held.release();
  // Refused before a publisher gives up.
  const refused = publishOnce();
  // Prometheus waits this long; after that it would only know that the process is down.
  const scraped = bearer(url, null)
    .get('/metrics')
    .timeout(10_000)
    .then((answer) => answer);
  expect((await bearer(url, null).get('/health/live')).status).toBe(200);
  expect(await refused).toBe(503);
  expect((await bearer(url, null).get('/health/ready')).status).toBe(503);
  expect((await scraped).text).toMatch(/^bpoc_oldest_due_seconds -1$/m);
  await pause(Math.max(0, DARK_MS - (performance.now() - dark)));
  const inTheDark = receiver.all.length;

  proxy.heal();
  const healed = performance.now();
  // Not just one success: work continues.
  await eventually(() => expect(receiver.all.length).toBeGreaterThan(inTheDark + MANY), { timeoutMs: 30_000 });
  const backMs = performance.now() - healed;
  await pause(500);
  publishers.enough();
  await publishers.done();
  const pairs = publishers.accepted.length * PATHS.length;
  await untilAllDelivered(owner.dataDir, pairs);
  const { lost, duplicates } = compareReceived(receiver, PATHS, publishers.accepted);
  console.log(
    `dark for ${DARK_MS / 1000} s under load, ${pairs} deliveries: ${lost} lost, ${duplicates} twice, ` +
      `recovered ${(backMs / 1000).toFixed(1)} s after the network`,
  );
  expect(lost).toBe(0);
  // At most what was in flight: no other server delivers.
  expect(duplicates).toBeLessThanOrEqual(IN_FLIGHT);
  expect(backMs).toBeLessThan(BACK_WITHIN_MS);
  expect(cutOff.logs().match(/listening on/g)).toHaveLength(1);
  expect(cutOff.logs()).not.toMatch(CRASH_WORDS);
});
