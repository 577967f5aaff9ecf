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
  const options = { entities: [], url: database.url, role: 'bpoc_tenant', poolSize: POOL_SIZE } as const;
  source = await new DataSource(dataSourceOptions(options)).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

it('of an agency take at most half of the connections, and another agency is answered meanwhile', async () => {
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
  const asked = (text: string) =>
    transaction.run(quiet, async (manager) => ((await manager.query(text)) as { id: string }[])[0]!.id);
  expect(
    await Promise.all(Array.from({ length: 20 }, () => asked(`select current_setting('app.agency_id') as id`))),
  ).toEqual(Array.from({ length: 20 }, () => quiet));
  expect(running).toBe(2);
  finish();
  await Promise.all(many);
  expect(running).toBe(202);
});
