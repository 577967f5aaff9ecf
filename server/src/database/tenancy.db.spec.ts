import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { connected } from '../../test/client.js';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { fillTenantTables, insertRow, tenantReferences, tenantTables } from '../../test/tenant-rows.js';
import { uuidv7 } from '../lib/ids.js';

/* Tenant isolation by PostgreSQL, with a row of each of two agencies in every table of the catalog. */

type Rows = Map<string, Record<string, unknown>>;

let database: TestDatabase;
let superuser: pg.Client;
let service: pg.Client;
let tenant: pg.Client;
let tables: string[];
const [mine, others] = [randomUUID(), randomUUID()];
let rowsOfOthers: Rows;
let myRows: Rows;

const query =
  (client: pg.Client) =>
  async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query(sql, values)).rows as Row[];

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await connected(database.superuserUrl);
  tenant = await connected(database.url, 'bpoc_tenant');
  service = await connected(database.url, 'bpoc_service');
  tables = await tenantTables(query(superuser));
  myRows = await fillTenantTables(query(superuser), mine);
  rowsOfOthers = await fillTenantTables(query(superuser), others);
});
afterAll(async () => {
  await Promise.all([superuser.end(), service.end(), tenant.end()]);
  await database.drop();
});

/** Runs `work` as the tenant role with an agency set, and rolls back. */
async function asAgency<T>(agencyId: string, work: (sql: ReturnType<typeof query>) => Promise<T>): Promise<T> {
  await tenant.query('begin');
  try {
    await tenant.query(`select set_config('app.agency_id', $1, true)`, [agencyId]);
    return await work(query(tenant));
  } finally {
    await tenant.query('rollback');
  }
}

/** Of no use to an agency. */
const SERVICE_ONLY = ['rejected_events', 'mail_hours', 'code_sign_ins'];
const visible = () => tables.filter((table) => !SERVICE_ONLY.includes(table));

const agencyColumn = (table: string) => (table === 'agencies' ? 'id' : 'agency_id');
const agenciesIn = (sql: ReturnType<typeof query>, table: string) =>
  sql<{ agency: string }>(`select ${agencyColumn(table)} as agency from ${table}`).then((rows) =>
    rows.map(({ agency }) => agency).toSorted(),
  );

describe('every table with rows of agencies', () => {
  it('is found: at least those of the first release', () => {
    expect(tables.length).toBeGreaterThanOrEqual(19);
    expect([...myRows.keys()].toSorted()).toEqual(tables);
  });

  it('shows the service role the rows of all agencies', async () => {
    for (const table of tables)
      expect([table, await agenciesIn(query(service), table)]).toEqual([table, [mine, others].toSorted()]);
  });

  it('shows the tenant role nothing without an agency', async () => {
    for (const table of visible()) expect([table, await agenciesIn(query(tenant), table)]).toEqual([table, []]);
    // After a transaction the setting is empty instead of unset.
    await asAgency(mine, () => Promise.resolve());
    for (const table of visible()) expect([table, await agenciesIn(query(tenant), table)]).toEqual([table, []]);
  });

  it('shows the tenant role the rows of its agency, and no others', async () => {
    for (const table of visible()) {
      expect([table, await asAgency(mine, (sql) => agenciesIn(sql, table))]).toEqual([table, [mine]]);
      expect([table, await asAgency(randomUUID(), (sql) => agenciesIn(sql, table))]).toEqual([table, []]);
    }
  });

  it('is closed to the tenant role if only services need it', async () => {
    for (const table of SERVICE_ONLY)
      await expect(asAgency(mine, (sql) => agenciesIn(sql, table))).rejects.toThrow('permission denied');
  });

  it('reveals nothing more when a partition is read directly', async () => {
    const partitions = await query(superuser)<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relispartition and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`,
    );
    expect(partitions.length).toBeGreaterThan(8);
    const counts = { all: 0, mine: 0 };
    for (const { name } of partitions) {
      await expect(tenant.query(`select from ${name}`)).rejects.toThrow('permission denied');
      counts.all += (await agenciesIn(query(superuser), name)).length;
      // Even with a grant.
      await superuser.query('begin');
      await superuser.query(`grant select on ${name} to bpoc_tenant`);
      await superuser.query('set local role bpoc_tenant');
      expect([name, await agenciesIn(query(superuser), name)]).toEqual([name, []]);
      await superuser.query(`select set_config('app.agency_id', $1, true)`, [mine]);
      const seen = await agenciesIn(query(superuser), name);
      expect([name, seen.filter((agency) => agency !== mine)]).toEqual([name, []]);
      counts.mine += seen.length;
      await superuser.query('rollback');
    }
    expect(counts).toEqual({ all: 6, mine: 3 });
  });

  it('refuses to insert, update or delete rows of another agency', async () => {
    for (const table of tables) {
      const foreign = { ...rowsOfOthers.get(table), ...freshKeys(rowsOfOthers.get(table)!) };
      const column = agencyColumn(table);
      const refusal = /row-level security|permission denied/;
      await expect(asAgency(mine, (sql) => insertRow(sql, table, foreign))).rejects.toThrow(refusal);
      await expect(asAgency(mine, (sql) => sql(`update ${table} set ${column} = $1`, [others]))).rejects.toThrow(
        refusal,
      );
      for (const statement of [
        `update ${table} set ${column} = ${column} where ${column} = $1 returning 1`,
        `delete from ${table} where ${column} = $1 returning 1`,
      ]) {
        const done = asAgency(mine, (sql) => sql(statement, [others])).catch((error: Error) => error.message);
        const what = await done;
        if (typeof what === 'string')
          expect([table, what]).toEqual([table, expect.stringMatching(/permission denied/)]);
        else expect([table, statement, what]).toEqual([table, statement, []]);
      }
    }
  });
});

/** New ids for the row's own keys, so that no unique key rejects it first. */
function freshKeys(row: Record<string, unknown>): Record<string, unknown> {
  const keys = ['id', 'delivery_id', 'event_id', 'token', 'email', 'key', 'hash', 'token_hash'];
  const fresh = (name: string) => (name.endsWith('hash') ? Buffer.from(uuidv7()) : uuidv7());
  return Object.fromEntries(keys.filter((name) => name in row).map((name) => [name, fresh(name)]));
}

describe('every foreign key between those tables', () => {
  it('includes the agency, so that it cannot reference a row of another', async () => {
    const references = await tenantReferences(query(superuser));
    expect(references.length).toBeGreaterThanOrEqual(9);
    for (const { table, columns, target, targets } of references) {
      const at = columns.indexOf('agency_id');
      expect([table, target, targets[at]]).toEqual([table, target, target === 'agencies' ? 'id' : 'agency_id']);
    }
  });

  it('refuses a row of another agency, for every role', async () => {
    const composite = (await tenantReferences(query(superuser))).filter(({ target }) => target !== 'agencies');
    expect(composite.length).toBeGreaterThanOrEqual(6);
    for (const { table, columns, target, targets } of composite) {
      const column = columns.find((name) => name !== 'agency_id')!;
      // An unreferenced row, so that no unique key rejects it first.
      const row = { ...rowsOfOthers.get(target), ...freshKeys(rowsOfOthers.get(target)!) };
      await insertRow(query(superuser), target, row);
      const foreign = row[targets[columns.indexOf(column)]!];
      const change = service.query(`update ${table} set ${column} = $1 where agency_id = $2`, [foreign, mine]);
      await expect(change.then(() => `${table}.${column} was changed`)).rejects.toThrow('foreign key');
    }
  });
});
