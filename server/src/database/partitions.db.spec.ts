import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { connected } from '../../test/client.js';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { uuidFloor, uuidv7 } from '../lib/ids.js';
import { migrate } from './migrate.js';
import { dropPartitions, orphanPartitions } from './old-partitions.js';
import { DAY_MS } from '../lib/time.js';
import { createPartitions, PARTITIONED_TABLES, partitionName } from './partitions.js';

let database: TestDatabase;
let superuser: pg.Client;
let owner: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  [superuser, owner] = await Promise.all([connected(database.superuserUrl), connected(database.url)]);
});
afterAll(async () => {
  await Promise.all([superuser.end(), owner.end()]);
  await database.drop();
});

const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);
const partitions = (day: number) => PARTITIONED_TABLES.map((table) => partitionName(table, day));
const make = (day: number) => createPartitions(owner, day + DAY_MS, { daysAhead: -1 });

/** Collects failures by partition. */
function recording(): { failed: (name: string, error: Error) => void; names: string[]; messages: string[] } {
  const recorded = { names: [] as string[], messages: [] as string[] };
  return {
    ...recorded,
    failed: (name, error) => {
      recorded.names.push(name);
      recorded.messages.push(error.message);
    },
  };
}

async function addEvent(ms: number): Promise<string> {
  const id = uuidv7(ms);
  await superuser.query(
    `insert into webhook_events (id, agency_id, type, occurred_at, body) values ($1, $2, 'offer.sent', now(), '{}')`,
    [id, randomUUID()],
  );
  return id;
}

/** An event with a delivery and an attempt. */
async function addDelivery(ms: number): Promise<string> {
  const id = await addEvent(ms);
  const agencyId = randomUUID();
  await superuser.query(
    `insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, state)
     values ($1, $2, $2, $1, 'offer.sent', 'failed')`,
    [id, agencyId],
  );
  await superuser.query(
    `insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
     values ($1, 1, $2, $2, now(), 'failed', 'down')`,
    [id, agencyId],
  );
  return id;
}

const tablesOf = async (id: string): Promise<string[]> => {
  const one = (table: string, key: string) =>
    `select tableoid::regclass::text as name from ${table} where ${key} = '${id}'`;
  const sql = [
    one('webhook_events', 'id'),
    one('webhook_deliveries', 'id'),
    one('webhook_attempts', 'delivery_id'),
  ].join(' union all ');
  return (await superuser.query<{ name: string }>(sql)).rows.map(({ name }) => name).toSorted();
};
const existing = async (names: string[]): Promise<string[]> => {
  const sql = 'select relname as name from pg_class where relname = any($1)';
  return (await superuser.query<{ name: string }>(sql, [names])).rows.map(({ name }) => name).toSorted();
};

describe('daily partitions', () => {
  it('are created in advance and hold the ids of their day', async () => {
    const day = utc('2025-03-01');
    expect(await createPartitions(owner, day, { daysAhead: 1 })).toHaveLength(PARTITIONED_TABLES.length * 3);
    expect(await createPartitions(owner, day, { daysAhead: 1 })).toEqual([]);
    const id = await addDelivery(day + 5 * 3_600_000);
    expect(await tablesOf(id)).toEqual(partitions(day).toSorted());
  });

  it('take over rows that arrived earlier, in the default partition', async () => {
    const day = utc('2025-05-01');
    const [of, before] = [await addDelivery(day + 1000), await addDelivery(day - 1000)];
    const defaults = PARTITIONED_TABLES.map((table) => `${table}_default`).toSorted();
    expect(await tablesOf(of)).toEqual(defaults);
    expect(await make(day)).toEqual(partitions(day));
    expect(await tablesOf(of)).toEqual(partitions(day).toSorted());
    expect(await tablesOf(before)).toEqual(defaults);
    const { rows } = await superuser.query(
      'select relname from pg_class where relname = any($1) and not (relrowsecurity and relforcerowsecurity)',
      [[...defaults, ...partitions(day)]],
    );
    expect(rows).toEqual([]);
    expect((await owner.query('select from webhook_events_default')).rowCount).toBe(0);
  });

  it('are created even when one of them fails', async () => {
    const day = utc('2025-06-02');
    const bad = partitionName('webhook_deliveries', day - DAY_MS);
    await owner.query(`create table ${bad} (id uuid)`);
    const recorded = recording();
    const made = await createPartitions(owner, day, { daysAhead: 0, failed: recorded.failed });
    expect(recorded.names).toEqual([bad]);
    expect(made.toSorted()).toEqual(
      [...partitions(day - DAY_MS), ...partitions(day)].filter((name) => name !== bad).toSorted(),
    );
    expect(await orphanPartitions(owner)).toContain(bad);
  });

  it('do not prevent the server from starting when they cannot be created', async () => {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const ahead = partitionName('webhook_events', today + 3 * DAY_MS);
    // The template may be from the day before.
    await createPartitions(owner, today);
    await owner.query(`drop table ${ahead}; create table ${ahead} (id uuid)`);
    const lines: string[] = [];
    await migrate({ url: database.url, progress: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringContaining(`${ahead} could not be created`)]);
    await owner.query(`drop table ${ahead}`);
  });
});

describe('old partitions', () => {
  const options = { retentionDays: 30, failed: (_name: string, error: Error) => Promise.reject(error) };

  it('are dropped after the retention period, but not while one of their deliveries is pending', async () => {
    const day = utc('2025-03-01');
    await superuser.query(
      `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type)
       values ($1, $2, $2, $2, 'offer.sent')`,
      [uuidFloor(day + 1000), randomUUID()],
    );
    const dropped = await dropPartitions(owner, day + 40 * DAY_MS, options);
    expect(dropped.toSorted()).toEqual([...partitions(day - DAY_MS), ...partitions(day + DAY_MS)].toSorted());
    await superuser.query('delete from webhook_queue');
    expect(await dropPartitions(owner, day + 40 * DAY_MS, options)).toEqual(partitions(day).toSorted());
  });

  it('are kept whole while being read, do not block the reader, and are dropped later', async () => {
    const day = utc('2024-01-01');
    await make(day);
    const reader = await connected(database.superuserUrl);
    await reader.query('begin; select from webhook_attempts');
    const recorded = recording();
    const dropping = dropPartitions(owner, day + 40 * DAY_MS, { retentionDays: 30, failed: recorded.failed });
    // A concurrent write waits for one try at most, not until the reader is gone.
    await addDelivery(Date.now());
    expect(await dropping).toEqual([]);
    expect(recorded).toMatchObject({ names: [partitions(day).toSorted().join(', ')] });
    expect(recorded.messages).toEqual([expect.stringContaining('lock timeout')]);
    expect(await existing(partitions(day))).toEqual(partitions(day).toSorted());
    await reader.query('commit');
    await reader.end();
    expect(await dropPartitions(owner, day + 40 * DAY_MS, options)).toEqual(partitions(day).toSorted());
    expect(await existing(partitions(day))).toEqual([]);
  });

  it('that lost the other tables of their day are reported, and dropped with the rest', async () => {
    const day = utc('2024-02-01');
    await make(day);
    const [events, deliveries, attempts] = partitions(day) as [string, string, string];
    expect(await orphanPartitions(owner)).not.toContain(attempts);
    await owner.query(`drop table ${events}`);
    expect(await orphanPartitions(owner)).toEqual(expect.arrayContaining([deliveries, attempts]));
    expect(await dropPartitions(owner, day + 40 * DAY_MS, options)).toEqual([attempts, deliveries].toSorted());
  });
});
