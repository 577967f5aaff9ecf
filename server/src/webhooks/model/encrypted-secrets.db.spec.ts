import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/database.js';
import { AppModule } from '../../app.module.js';
import { reencryptSecrets, keyUsage } from '../../cli/reencrypt-secrets.js';
import { Keyring, parseKeyring } from '../../lib/keyring.js';
import { loadEnv } from '../../config/env.js';
import type { ServiceDatabase } from '../../database/service-database.js';
import {
  decryptAddress,
  decryptAlertAddress,
  decryptHeaders,
  decryptSecret,
  encryptAddress,
  encryptAlertAddress,
  encryptHeaders,
  encryptSecret,
} from './webhook-secrets.js';

const newKey = () => randomBytes(32).toString('base64');
const [k1, k2] = [`k1:${newKey()}`, `k2:${newKey()}`];
const keyringOf = (ring: string) => new Keyring(parseKeyring(ring));

let database: TestDatabase;
let superuser: pg.Pool;
let agencyId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  agencyId = randomUUID();
  await superuser.query(`insert into agencies (id, name) values ($1, 'x')`, [agencyId]);
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

/** Starts the whole application with a keyring, and stops it. */
async function start(ring: string): Promise<void> {
  const settings = { url: database.url, directUrl: database.url, poolSize: 2 };
  const env = loadEnv({ DATABASE_URL: database.url, SECRETS_KEYS: ring, LOG_LEVEL: 'silent', ROLE: 'api' });
  const app = await NestFactory.createApplicationContext(
    AppModule.forRoot({ env, database: settings, keyring: keyringOf(ring) }),
    {
      logger: false,
      abortOnError: false,
    },
  );
  await app.close();
}

interface Row {
  id: string;
  secret: Buffer;
  previous_secret: Buffer | null;
  headers: Buffer | null;
  url: Buffer;
  version: number;
  updated_at: Date;
}
const rows = async () =>
  (await superuser.query<Row>('select * from webhooks where deleted_at is null order by id')).rows;
const query: ServiceDatabase['query'] = async (sql, values) => (await superuser.query(sql, values)).rows as never[];
const secretOf = (id: string) => `whsec_of_${id}`;

async function addWebhook(ring: string, deleted = false): Promise<string> {
  const id = randomUUID();
  const at = { agencyId, webhookId: id };
  const keyring = keyringOf(ring);
  await superuser.query(
    `insert into webhooks (id, agency_id, url, events, secret, secret_last4, previous_secret, previous_secret_last4,
         previous_secret_until, headers, deleted_at)
     values ($1, $2, $7, '{*}', $3, 'abcd', $4, 'efgh', now() + interval '1 day', $5,
       case when $6 then now() end)`,
    [
      id,
      agencyId,
      encryptSecret(keyring, at, secretOf(id)),
      encryptSecret(keyring, at, 'whsec_old'),
      encryptHeaders(keyring, at, { 'x-a': id }),
      deleted,
      encryptAddress(keyring, at, `https://a.example/${id}`),
    ],
  );
  return id;
}

/** Stores a past configuration of a webhook, with its address. */
async function addVersion(webhookId: string, ring: string): Promise<void> {
  const url = encryptAddress(keyringOf(ring), { agencyId, webhookId }, `https://past.example/${webhookId}`);
  await superuser.query(
    `insert into webhook_versions (webhook_id, version, agency_id, kind, url, header_names)
     values ($1, 1, $2, 'endpoint', $3, '{}')`,
    [webhookId, agencyId, url],
  );
}

/** Whether every secret and header decrypts with the keyring to its original value. */
async function allOpen(ring: string): Promise<boolean> {
  const keyring = keyringOf(ring);
  return (await rows()).every(({ id, secret, previous_secret, headers, url }) => {
    const at = { agencyId, webhookId: id };
    return (
      decryptSecret(keyring, at, secret) === secretOf(id) &&
      decryptSecret(keyring, at, previous_secret!) === 'whsec_old' &&
      decryptHeaders(keyring, at, headers)['x-a'] === id &&
      decryptAddress(keyring, at, url) === `https://a.example/${id}`
    );
  });
}

describe('a server started with SECRETS_KEYS', () => {
  it('that lack a key in use refuses to start and names it', async () => {
    await start(k1);
    await addWebhook(k1);
    await start(`${k2},${k1}`);
    await addWebhook(`${k2},${k1}`);
    await expect(start(k1)).rejects.toThrow(
      'SECRETS_KEYS lacks the key k2, with which 4 stored secrets are encrypted. Put it back;',
    );
    await expect(start(k2)).rejects.toThrow(/does not hold the key that the stored secrets were encrypted with \(k1\)/);
  });

  it('that have a different key of an id in use refuses to start', async () => {
    await expect(start(`k2:${newKey()},${k1}`)).rejects.toThrow(
      'The key k2 in SECRETS_KEYS is not the one with which 4 stored secrets are encrypted.',
    );
  });

  it('ignores deleted webhooks, whose keys may be gone', async () => {
    await addWebhook(`k0:${newKey()}`, true);
    await start(`${k2},${k1}`);
    await superuser.query('delete from webhooks where deleted_at is not null');
  });
});

describe('npm run secrets -- reseal', () => {
  const both = `${k2},${k1}`;

  it('allows removing a key: everything is encrypted with the first, unchanged and with its version', async () => {
    for (let n = 0; n < 250; n++) await addWebhook(k1);
    const before = (await rows()).map(({ id, version, updated_at }) => ({ id, version, updated_at }));
    expect(await keyUsage({ query }, keyringOf(k1))).toEqual([
      `k1: ${251 * 4} secrets, headers and addresses`,
      'k2: 4 secrets, headers and addresses (SECRETS_KEYS lacks it)',
    ]);
    expect(await reencryptSecrets({ query }, keyringOf(both))).toEqual([
      '251 webhooks were encrypted with k2.',
      `k2: ${252 * 4} secrets, headers and addresses`,
    ]);
    expect(await allOpen(k2)).toBe(true);
    expect((await rows()).map(({ id, version, updated_at }) => ({ id, version, updated_at }))).toEqual(before);
    await start(k2);
    await expect(start(k1)).rejects.toThrow('SECRETS_KEYS');
  });

  it('writes nothing the second time', async () => {
    const before = await rows();
    expect((await reencryptSecrets({ query }, keyringOf(both)))[0]).toBe('0 webhooks were encrypted with k2.');
    expect((await reencryptSecrets({ query }, keyringOf(k2)))[0]).toBe('0 webhooks were encrypted with k2.');
    expect(await rows()).toEqual(before);
  });

  it('never overwrites a secret rotated meanwhile, and re-encrypts that one too', async () => {
    const id = await addWebhook(k1);
    const rotated = encryptSecret(keyringOf(k1), { agencyId, webhookId: id }, 'whsec_rotated');
    let raced = 0;
    const racing: ServiceDatabase['query'] = async (sql, values) => {
      // A server that still encrypts with k1 writes between the read and the update.
      if (sql.trimStart().startsWith('update webhooks') && raced++ === 0)
        await superuser.query('update webhooks set secret = $2, version = version + 1 where id = $1', [id, rotated]);
      return query(sql, values);
    };
    await reencryptSecrets({ query: racing }, keyringOf(both));
    // Each of the four columns, and the secret once more.
    expect(raced).toBe(5);
    const { secret, version } = (await rows()).find((row) => row.id === id)!;
    expect(decryptSecret(keyringOf(k2), { agencyId, webhookId: id }, secret)).toBe('whsec_rotated');
    expect(version).toBe(2);
    await superuser.query('delete from webhooks where id = $1', [id]);
  });

  it('includes the addresses of past configurations, and names those it cannot decrypt', async () => {
    const id = await addWebhook(k2);
    await addVersion(id, k1);
    await reencryptSecrets({ query }, keyringOf(both));
    const { rows: versions } = await superuser.query<{ url: Buffer }>('select url from webhook_versions');
    expect(versions.map(({ url }) => decryptAddress(keyringOf(k2), { agencyId, webhookId: id }, url))).toEqual([
      `https://past.example/${id}`,
    ]);
    await superuser.query('delete from webhook_versions');
    await addVersion(id, `k0:${newKey()}`);
    await expect(reencryptSecrets({ query }, keyringOf(both))).rejects.toThrow(
      `The secrets of 1 do not open with SECRETS_KEYS: ${id}`,
    );
    await superuser.query('delete from webhook_versions');
  });

  it('includes the addresses for alerts', async () => {
    const id = await addWebhook(k2);
    const at = { agencyId, webhookId: id };
    const encrypted = encryptAlertAddress(keyringOf(k1), at, 'https://alerts.example/key');
    const add = 'insert into webhook_alerts (webhook_id, agency_id, url) values ($1, $2, $3)';
    await superuser.query(add, [id, agencyId, encrypted]);
    await expect(start(k2)).rejects.toThrow('SECRETS_KEYS lacks the key k1, with which 1 stored secret is encrypted.');
    await reencryptSecrets({ query }, keyringOf(both));
    const { rows: alerts } = await superuser.query<{ url: Buffer }>('select url from webhook_alerts');
    expect(alerts.map(({ url }) => decryptAlertAddress(keyringOf(k2), at, url))).toEqual([
      'https://alerts.example/key',
    ]);
    await superuser.query('delete from webhook_alerts');
  });

  it('names what it cannot decrypt, after it did the rest', async () => {
    const lost = await addWebhook(`k0:${newKey()}`);
    await addWebhook(k1);
    await expect(reencryptSecrets({ query }, keyringOf(both))).rejects.toThrow(
      `1 webhook was encrypted with k2. The secrets of 1 do not open with SECRETS_KEYS: ${lost}`,
    );
    await superuser.query('delete from webhooks where id = $1', [lost]);
    expect(await allOpen(k2)).toBe(true);
  });
});
