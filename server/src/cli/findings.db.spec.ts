import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { startFakeDns, type FakeDns } from '../../test/fake-dns.js';
import { loadEnv } from '../config/env.js';
import { createPartitions, partitionName } from '../database/partitions.js';
import { checkCanary } from '../database/boot-checks.js';
import { Keyring, parseKeyring } from '../lib/keyring.js';
import { withServiceDatabase } from './command.js';
import { findingsOf, type Deployment } from './findings.js';

/* npm run doctor: each of eleven faults is found, and nothing else with it. */

let database: TestDatabase;
let superuser: Client;
let dns: FakeDns;
let healthy: Deployment;

const newKeyring = () => new Keyring(parseKeyring(`k1:${randomBytes(32).toString('base64')}`));

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = new Client(database.superuserUrl);
  await superuser.connect();
  dns = await startFakeDns(() => 'not_found');
  const { url } = database;
  const owner = new Client(url);
  await owner.connect();
  await createPartitions(owner, Date.now());
  await owner.end();
  const keyring = newKeyring();
  await withServiceDatabase(url, (service) => checkCanary(service, keyring));
  const env = { ...loadEnv({}, { needsKeys: false }), dnsServers: [dns.address] };
  const freeBytes = () => Promise.resolve(1e12);
  healthy = { env, url, keyring, withDatabase: (work) => withServiceDatabase(url, work), freeBytes };
});
afterAll(async () => {
  await superuser?.end();
  await dns?.close();
  await database?.drop();
});

const faultsOf = async (deployment: Deployment) =>
  Object.fromEntries(
    (await findingsOf(deployment)).flatMap(({ check, fault }) => (fault === null ? [] : [[check, fault]])),
  );

/** Runs the first, looks, and runs the second. */
async function during(fault: string, undone: string): Promise<Record<string, string>> {
  await superuser.query(fault);
  try {
    return await faultsOf(healthy);
  } finally {
    await superuser.query(undone);
  }
}

it('finds nothing where nothing is wrong', async () => {
  expect(await faultsOf(healthy)).toEqual({});
});

it('finds what is wrong in the database', async () => {
  const login = new URL(database.url).username;
  expect(await during(`alter role ${login} bypassrls`, `alter role ${login} nobypassrls`)).toEqual({
    roles: expect.stringContaining('bypasses row-level security'),
  });
  expect(await during('alter table migrations rename to away', 'alter table away rename to migrations')).toEqual({
    migrations: expect.stringContaining('npm run migrate'),
  });
  expect(
    await during('alter table webhooks disable row level security', 'alter table webhooks enable row level security'),
  ).toEqual({ isolation: expect.stringContaining('row-level security is off: webhooks') });
  const today = partitionName('webhook_events', Date.now());
  expect(await during(`alter table ${today} rename to away`, `alter table away rename to ${today}`)).toEqual({
    partitions: expect.stringContaining(today),
  });
});

it('finds what is wrong beside it', async () => {
  const { env } = healthy;
  const nowhere = '127.0.0.1:9';
  const nats = { servers: [nowhere], user: null, credentialsFile: null, tls: null, replicas: 1 };
  const faults = {
    keys: { keyring: newKeyring() },
    clock: { now: () => Date.now() + 40_000 },
    'name server': { env: { ...env, dnsServers: [nowhere] } },
    mail: { env: { ...env, smtpUrl: `smtp://${nowhere}` } },
    proxy: { env: { ...env, outboundProxy: { host: '127.0.0.1', port: 9, secure: false, authorization: null } } },
    NATS: { env: { ...env, nats } },
    disk: { freeBytes: () => Promise.resolve(1024 ** 3) },
  };
  for (const [check, change] of Object.entries(faults))
    expect([check, await faultsOf({ ...healthy, ...change })]).toEqual([check, { [check]: expect.any(String) }]);
  // What needs the database says so; the others are as they were.
  const away = await faultsOf({ ...healthy, url: `postgres://bpoc@${nowhere}/bpoc` });
  expect(Object.keys(away)).toEqual(['database', 'roles', 'migrations', 'clock', 'partitions']);
});
