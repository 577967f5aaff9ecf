import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/database.js';
import { CLAIM_SQL, claimParameters } from './claim-sql.js';

const BACKLOG = 20_000;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.superuserUrl);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('a claim reads no more of a webhook’s backlog than it takes', async () => {
  const [agencyId, webhookId] = [randomUUID(), randomUUID()];
  await client.query(`insert into agencies (id, name) values ($1, 'Agency')`, [agencyId]);
  await client.query(
    `insert into webhooks (id, agency_id, url, events, secret, secret_last4) values ($1, $2, 'https://x.example', '{*}', '', 'last')`,
    [webhookId, agencyId],
  );
  await client.query(
    `insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at)
     select gen_random_uuid(), $1, $2, gen_random_uuid(), now() - n * interval '1 ms' from generate_series(1, ${BACKLOG}) n`,
    [agencyId, webhookId],
  );
  const room = { free: 512, perWebhook: 10, perAgency: 512, webhooks: new Map(), agencies: new Map() };
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain analyze ${CLAIM_SQL}`,
    claimParameters(room, randomUUID(), 60_000),
  );
  const plan = rows.map((row) => row['QUERY PLAN']);
  const read = plan.map((line) => Number(/actual time=\S+ rows=(\d+)/.exec(line)?.[1] ?? 0));
  expect(read).toContain(10);
  expect(Math.max(...read)).toBeLessThan(100);
});
