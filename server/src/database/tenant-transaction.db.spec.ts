import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { eventually } from '../../test/eventually.js';
import { dataSourceOptions } from './data-source.js';
import { TenantTransaction } from './tenant-transaction.js';

const POOL_SIZE = 4;
let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await new DataSource(
    dataSourceOptions({ entities: [], url: database.url, role: 'bpoc_tenant', poolSize: POOL_SIZE }),
  ).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

it('an agency uses at most half of the connections, so that another agency is served meanwhile', async () => {
  const transaction = new TenantTransaction(source, { url: '', directUrl: '', poolSize: POOL_SIZE });
  const [busy, quiet] = [randomUUID(), randomUUID()];
  let running = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const many = Array.from({ length: 202 }, () =>
    transaction.run(busy, () => {
      running++;
      return finished;
    }),
  );
  await expect(transaction.run(busy, () => Promise.resolve())).rejects.toMatchObject({
    code: 'too_many_requests',
    retryAfterSeconds: 1,
  });
  await eventually(() => Promise.resolve(expect(running).toBe(2)));
  const answers = Array.from({ length: 20 }, () =>
    transaction.run(quiet, (manager) => manager.query(`select current_setting('app.agency_id') as id`)),
  );
  expect(await Promise.all(answers)).toEqual(answers.map(() => [{ id: quiet }]));
  expect(running).toBe(2);
  finish();
  await Promise.all(many);
  expect(running).toBe(202);
});
