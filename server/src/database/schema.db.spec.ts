import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { connected } from '../../test/client.js';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { dropAuditEntries } from '../audit/audit-log.service.js';
import { uuidv7 } from '../lib/ids.js';
import { ENTITIES } from '../entities.js';
import { dataSourceOptions } from './data-source.js';
import { migrate, pendingSql } from './migrate.js';

let database: TestDatabase;
let superuser: pg.Client;
let owner: pg.Client;
let tenant: DataSource;
let service: DataSource;
const source = (role: 'bpoc_tenant' | 'bpoc_service') =>
  new DataSource(dataSourceOptions({ entities: ENTITIES, url: database.url, role, poolSize: 2 })).initialize();

beforeAll(async () => {
  database = await createTestDatabase();
  [superuser, owner] = await Promise.all([connected(database.superuserUrl), connected(database.url)]);
  [tenant, service] = await Promise.all([source('bpoc_tenant'), source('bpoc_service')]);
});
afterAll(async () => {
  await Promise.all([tenant.destroy(), service.destroy(), superuser.end(), owner.end()]);
  await database.drop();
});

const tenantTables = async () => {
  const { rows } = await superuser.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'agency_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`,
  );
  return rows.map((row) => row.name);
};

describe('the schema', () => {
  it('has exactly the columns of the entities', async () => {
    for (const { tableName, tableType, columns } of tenant.entityMetadatas) {
      const { rows } = await superuser.query<{ name: string; type: string; nullable: boolean | null }>(
        `select a.attname as name, format_type(a.atttypid, null) as type,
           case when c.relkind <> 'v' then not a.attnotnull end as nullable
         from pg_attribute a join pg_class c on c.oid = a.attrelid
         where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`,
        [tableName],
      );
      const stored = rows.map(({ name, type, nullable }) => `${name} ${type} ${nullable}`).sort();
      const types: Record<string, string> = { timestamptz: 'timestamp with time zone' };
      const mapped = columns.map(({ databaseName, type, isArray, isNullable }) => {
        const plain = types[String(type)] ?? String(type);
        // PostgreSQL does not know which columns of a view are never null.
        return `${databaseName} ${plain}${isArray ? '[]' : ''} ${tableType === 'view' ? null : isNullable}`;
      });
      expect({ tableName, columns: stored }).toEqual({ tableName, columns: mapped.sort() });
    }
  });

  it('has an entity for every table but those that SQL alone writes and reads', async () => {
    const { rows } = await superuser.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
    );
    const mapped = tenant.entityMetadatas
      .filter(({ tableType }) => tableType !== 'view')
      .map((entity) => entity.tableName);
    const unmapped = [
      'migrations',
      'secrets_canary',
      'publish_keys',
      'agency_routes',
      'message_names',
      'digests',
      'webhook_flow',
      'webhook_groups',
      'webhook_deliveries',
      'webhook_attempts',
      'listeners',
      'listener_requests',
      'webhook_queue',
      'webhook_hours',
      'attempt_mails',
      'mail_hours',
      'mails',
      'idempotency_keys',
      'rejected_events',
    ];
    expect(rows.map((row) => row.name).sort()).toEqual([...mapped, ...unmapped].sort());
  });

  it('has no pending migrations, and migrating again changes nothing', async () => {
    expect(await pendingSql(database.url)).toBe('');
    await migrate({ url: database.url });
  });

  it('is made once by processes that start at the same moment', async () => {
    const { username } = new URL(database.url);
    const name = `migrated_${randomUUID().replaceAll('-', '')}`;
    const empty = (url: string) => Object.assign(new URL(url), { pathname: name }).href;
    await superuser.query(`create database ${name} owner ${username} template template0`);
    const first = await connected(empty(database.superuserUrl));
    await first.query(`alter schema public owner to ${username}`);
    const done: string[] = [];
    const process = () => migrate({ url: empty(database.url), progress: (line) => done.push(line) });
    await Promise.all([process(), process(), process()]);
    expect(done.filter((line) => line.startsWith('migrated:'))).toHaveLength(1);
    expect((await first.query('select from migrations')).rowCount).toBe(1);
    await first.end();
    await superuser.query(`drop database ${name} with (force)`);
  });

  it('keeps the functions of a newer release, which a process of the one before would replace', async () => {
    const changed = () =>
      owner.query(`create or replace function delivery_id(event uuid, webhook uuid) returns uuid
        language sql immutable parallel safe as 'select null::uuid'`);
    const isChanged = async () =>
      (await owner.query<{ is: boolean }>('select delivery_id(gen_random_uuid(), gen_random_uuid()) is null as is'))
        .rows[0]!.is;
    await changed();
    await migrate({ url: database.url });
    expect(await isChanged()).toBe(false);

    await changed();
    await owner.query(`insert into migrations (timestamp, name) values (9000000000000, 'Later9000000000000')`);
    const said: string[] = [];
    await migrate({ url: database.url, progress: (line) => said.push(line) });
    expect({ said, isChanged: await isChanged() }).toEqual({
      said: ['the database is of a newer release, whose functions stay as they are'],
      isChanged: true,
    });
    await owner.query(`delete from migrations where name like 'Later%'`);
    await migrate({ url: database.url });
    expect(await isChanged()).toBe(false);
  });

  it('refuses a database from before the first release', async () => {
    const recorded = (name: string) => owner.query('update migrations set name = $1', [name]);
    const { rows } = await owner.query<{ name: string }>('select name from migrations');
    await recorded('Initial1769077800000');
    await expect(migrate({ url: database.url })).rejects.toThrow('before the first release');
    await recorded(rows[0]!.name);
    await migrate({ url: database.url });
  });

  it('is not created by a superuser, which would stay its owner', async () => {
    await expect(migrate({ url: database.superuserUrl })).rejects.toThrow('is a superuser');
  });

  it('has agency_id in every unique key except primary keys, a place in NATS, and hashes', async () => {
    const { rows } = await superuser.query<{ definition: string }>(
      `select indexdef as definition
       from pg_indexes i
       join pg_class c on c.relname = i.indexname
       join pg_index x on x.indexrelid = c.oid
       where schemaname = 'public' and indexdef like 'CREATE UNIQUE%' and not x.indisprimary
         and indexdef not like '%agency_id%'`,
    );
    expect(rows.map((row) => row.definition.replace(/.* USING /, '')).sort()).toEqual([
      'btree (hash)',
      'btree (origin)',
      'btree (user_code_hash)',
    ]);
  });
});

describe('row-level security', () => {
  it('is on and forced for every table with an agency, partitions included', async () => {
    const tables = await tenantTables();
    expect(tables.length).toBeGreaterThan(12 + 4 * 4);
    const { rows } = await superuser.query<{ name: string }>(
      'select relname as name from pg_class where relname = any($1) and not (relrowsecurity and relforcerowsecurity)',
      [tables],
    );
    expect(rows).toEqual([]);
  });

  it('applies to the owner of the tables, too', async () => {
    const id = randomUUID();
    await superuser.query('insert into agencies (id, name) values ($1, $2)', [id, id]);
    await superuser.query(`insert into users (id, agency_id, email, role) values ($1, $1, 'x@x.example', 'owner')`, [
      id,
    ]);
    expect(await service.query('select from users')).toHaveLength(1);
    expect((await owner.query('select * from users')).rows).toEqual([]);
  });

  it('lets no role change or delete the audit log', async () => {
    for (const role of [tenant, service]) {
      await expect(role.query('delete from audit_log')).rejects.toThrow('permission denied');
      await expect(role.query(`update audit_log set action = 'x'`)).rejects.toThrow('permission denied');
    }
  });

  it('lets the owner delete audit entries older than a year, and nothing else', async () => {
    const day = 86_400_000;
    const entry = async (daysAgo: number) => {
      const at = Date.now() - daysAgo * day;
      await superuser.query(
        `insert into audit_log (id, agency_id, at, actor_kind, action) values ($1, $2, $3, 'system', 'x.done')`,
        [uuidv7(at), randomUUID(), new Date(at)],
      );
    };
    for (const daysAgo of [364, 367, 400]) await entry(daysAgo);
    expect(
      (await owner.query(`update audit_log set action = 'x'`).catch((error: Error) => error.message)) as string,
    ).toMatch('row-level security');
    // The database's clock decides, not the caller's.
    expect(await dropAuditEntries(owner, Date.now() + 1000 * day)).toBe(2);
    expect(await dropAuditEntries(owner, Date.now())).toBe(0);
    expect((await superuser.query('select from audit_log')).rowCount).toBe(1);
    expect((await owner.query('delete from audit_log')).rowCount).toBe(0);
  });
});

describe('delivery_id', () => {
  it('gives an event and a webhook exactly one UUIDv7, in the event’s millisecond', async () => {
    const [event, webhook] = [uuidv7(), randomUUID()];
    const of = async (...ids: string[]) =>
      (await superuser.query<{ id: string }>('select delivery_id($1, $2) as id', ids)).rows[0]!.id;
    const id = await of(event, webhook);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id.slice(0, 18)).toBe(event.slice(0, 18));
    expect(await of(event, webhook)).toBe(id);
    expect(await of(event, randomUUID())).not.toBe(id);
  });
});
