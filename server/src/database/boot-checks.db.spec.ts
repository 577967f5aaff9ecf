import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { connected } from '../../test/client.js';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { Keyring } from '../lib/keyring.js';
import { DatabaseModule } from './database.module.js';
import { checkLogin, checkTables } from './boot-checks.js';
import { partitionName } from './partitions.js';

/*
 * Every check in isolation. Faults are set up in a transaction that is rolled back: roles belong to the whole
 * server, which other specs use concurrently.
 */

let database: TestDatabase;
let superuser: pg.Client;
let login: string;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await connected(database.superuserUrl);
  login = new URL(database.url).username;
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

/** The error message of the check after these statements; null when it passes. */
async function messageOf(
  check: (query: (sql: string) => Promise<never[]>) => Promise<void>,
  { broken, as = login }: { broken: string[]; as?: string },
): Promise<string | null> {
  await superuser.query('begin');
  try {
    for (const statement of broken) await superuser.query(statement);
    await superuser.query(`set local session authorization ${as}`);
    await check(async (sql) => (await superuser.query(sql)).rows as never[]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await superuser.query('rollback');
  }
}

const ofLogin = (...broken: string[]) => messageOf(checkLogin, { broken });
const ofTables = (...broken: string[]) => messageOf(checkTables, { broken: [...broken, 'set role bpoc_service'] });

describe('the login check', () => {
  it('accepts a login made as docs/operating.md says', async () => {
    expect(await ofLogin()).toBeNull();
  });

  it('rejects a superuser', async () => {
    const me = decodeURIComponent(new URL(database.superuserUrl).username);
    const message = await messageOf(checkLogin, { broken: [], as: pg.escapeIdentifier(me) });
    expect(message).toMatch(/^The database role \S+ is a superuser: agencies would not be isolated\. docs\/operating/);
  });

  it('rejects BYPASSRLS', async () => {
    expect(await ofLogin(`alter role ${login} bypassrls`)).toMatch(
      new RegExp(`^The database role ${login} bypasses row-level security: agencies`),
    );
  });

  it.each(['bpoc_tenant', 'bpoc_service'])('rejects a login that inherits %s', async (role) => {
    const { rows } = await superuser.query<{ v: number }>(
      `select current_setting('server_version_num')::int / 10000 as v`,
    );
    // Before 16 the attribute of the login decides, for both roles.
    if (rows[0]!.v >= 16)
      expect(await ofLogin(`grant ${role} to ${login} with inherit true`)).toContain(`${login} inherits ${role}:`);
    else expect(await ofLogin(`alter role ${login} inherit`)).toContain('inherits bpoc_service and bpoc_tenant:');
  });

  it.each(['bpoc_tenant', 'bpoc_service'])(
    'rejects a role %s that is a superuser or bypasses row-level security',
    async (role) => {
      expect(await ofLogin(`alter role ${role} bypassrls`)).toContain(
        `The database role ${role} bypasses row-level security:`,
      );
      expect(await ofLogin(`alter role ${role} superuser`)).toContain(`The database role ${role} is a superuser:`);
    },
  );

  it('rejects a tenant role that inherits the service role', async () => {
    expect(await ofLogin('grant bpoc_service to bpoc_tenant')).toContain('bpoc_tenant inherits bpoc_service:');
  });
});

describe('the table check', () => {
  const partition = partitionName('webhook_events', Date.now());

  it('accepts the schema as migrated', async () => {
    expect(await ofTables()).toBeNull();
  });

  it.each(['users', 'agencies', 'webhook_events', partition, 'webhook_attempts_default'])(
    'rejects row-level security off for %s',
    async (table) => {
      expect(await ofTables(`alter table ${table} disable row level security`)).toMatch(
        new RegExp(`isolate agencies\\..*\\n {2}- row-level security is off: ${table}$`),
      );
    },
  );

  it.each(['users', 'agencies', partition])('rejects row-level security not forced for %s', async (table) => {
    expect(await ofTables(`alter table ${table} no force row level security`)).toMatch(
      new RegExp(`\\n {2}- row-level security is not forced: ${table}$`),
    );
  });

  it.each(['users', 'agencies', partition])('rejects missing policies of %s', async (table) => {
    const message = await ofTables(`drop policy tenant on ${table}`, `drop policy service on ${table}`);
    expect(message).toContain(`the policy of bpoc_tenant is missing: ${table}`);
    expect(message).toContain(`the policy of bpoc_service is missing: ${table}`);
  });

  it.each([
    ['to public', 'create policy x on users using (true)'],
    ['to the tenant role', 'create policy x on users to bpoc_tenant using (true)'],
    ['on another column', 'create policy x on users to bpoc_tenant using (id = agency_id)'],
    ['on write', 'alter policy tenant on users with check (true)'],
    ['by altering the policy', 'alter policy tenant on users using (true)'],
  ])('rejects a policy that opens a table %s', async (_how, statement) => {
    expect(await ofTables(statement)).toMatch(/a policy shows bpoc_tenant more than its own agency: users$/);
  });

  it('rejects an unprotected new table or view', async () => {
    expect(await ofTables('create table notes (agency_id uuid)')).toMatch(/row-level security is off: notes\n/);
    expect(await ofTables('create table notes (text text)', 'grant select on notes to bpoc_tenant')).toMatch(
      /row-level security is off: notes\n/,
    );
    expect(await ofTables('create materialized view emails as select agency_id, email from users')).toMatch(
      /row-level security is off: emails\n/,
    );
  });
});

describe('server start', () => {
  const start = async (keyring: Keyring) => {
    const settings = { url: database.url, directUrl: database.url, poolSize: 2 };
    @Module({ imports: [DatabaseModule.forRoot({ settings, keyring, entities: [] })] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
    await app.close();
  };
  const keyring = new Keyring(new Map([['k1', randomBytes(32)]]));

  it('requires the key of the first start, not just its name', async () => {
    await start(keyring);
    await start(keyring);
    await expect(start(new Keyring(new Map([['k1', randomBytes(32)]])))).rejects.toThrow(
      'SECRETS_KEYS does not hold the key that the stored secrets were encrypted with',
    );
  });

  it('fails while a table is unprotected', async () => {
    await superuser.query('alter table users no force row level security');
    await expect(start(keyring)).rejects.toThrow('row-level security is not forced: users');
    await superuser.query('alter table users force row level security');
    await start(keyring);
  });
});
