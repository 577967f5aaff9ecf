import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/database.js';
import { dataSourceOptions } from '../../database/data-source.js';
import { BODIES_SQL } from './queue/delivery-queue.js';
import { CLAIM_SQL } from './queue/claim-sql.js';
import { SOME_PENDING_SQL } from './queue/pending-deliveries.js';
import { PROBE_SQL } from './queue/probe-sql.js';
import { FENCED_SQL, SETTLE_ANY_SQL } from './queue/settle-sql.js';
import { TURN_SQL } from './queue/turn-sql.js';

/*
 * Plans made while the tables were almost empty must also serve a backlog: a prepared statement keeps its plan while
 * tables grow.
 */

const GROWING = /Scan .*on webhook_(queue|deliveries|attempts|events)/;
const BY_KEY = /(Index|Recheck) Cond: \(.*\b(id|delivery_id|webhook_id)\b/;

let database: TestDatabase;
let engine: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await fillQueue({ rows: 20, webhooks: 1 });
  const { extra } = dataSourceOptions({
    entities: [],
    url: database.url,
    role: 'bpoc_service',
    poolSize: 1,
  }) as unknown as { extra: { options: string } };
  engine = new pg.Client({ connectionString: database.url, options: extra.options });
  await engine.connect();
  await engine.query('set plan_cache_mode = force_generic_plan');
});
afterAll(async () => {
  await engine?.end();
  await database?.drop();
});

/** Adds pending deliveries, evenly for some webhooks, and renews the statistics. */
async function fillQueue({ rows, webhooks }: { rows: number; webhooks: number }): Promise<void> {
  const superuser = new pg.Client(database.superuserUrl);
  await superuser.connect();
  await superuser.query(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type)
     select gen_random_uuid(), $1, md5((n % $3)::text)::uuid, $1, 'offer.sent' from generate_series(1, $2::int) n`,
    [randomUUID(), rows, webhooks],
  );
  await superuser.query('vacuum analyze');
  await superuser.end();
}

/** The lines of the plan that serves every execution. */
async function planOf(name: string, sql: string): Promise<string[]> {
  await engine.query(`prepare ${name} as ${sql}`);
  const { rows } = await engine.query<{ count: number }>(
    'select cardinality(parameter_types) as count from pg_prepared_statements where name = $1',
    [name],
  );
  const nulls = Array<string>(rows[0]!.count).fill('null');
  const { rows: plan } = await engine.query<{ 'QUERY PLAN': string }>(
    `explain (costs off) execute ${name}(${nulls.join(',')})`,
  );
  return plan.map((row) => row['QUERY PLAN'].trim());
}

describe.each([
  ['claim', CLAIM_SQL],
  ['bodies', BODIES_SQL],
  ['probe', PROBE_SQL],
  ['settle', SETTLE_ANY_SQL],
  ['fenced', FENCED_SQL],
  ['turn', TURN_SQL],
])('the plan of %s made with little stored', (name, sql) => {
  it('never scans a whole growing table', async () => {
    const plan = await planOf(name, sql);
    const scans = plan.flatMap((line, at) => (GROWING.test(line) ? [`${line} ${plan[at + 1]}`] : []));
    // The loose scan of webhooks with pending deliveries starts by reading one row.
    const first = scans.filter((scan) =>
      scan.includes('Index Only Scan using webhook_queue_due on webhook_queue '),
    ).length;
    expect(first).toBe(name === 'claim' ? 1 : 0);
    expect(scans.filter((scan) => !BY_KEY.test(scan)).slice(first)).toEqual([]);
  });
});

it('reads a batch of what is pending for a webhook in the order of the index, and stops there', async () => {
  await fillQueue({ rows: 20_000, webhooks: 20 });
  const plan = await planOf('some_pending', SOME_PENDING_SQL);
  expect(plan.filter((line) => /Scan|Sort/.test(line))).toEqual([
    expect.stringContaining('Index Scan using webhook_queue_due on webhook_queue'),
  ]);
});
