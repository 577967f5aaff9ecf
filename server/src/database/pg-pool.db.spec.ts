import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/database.js';
import { FailFastClient, FailFastPool } from './pg-pool.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The parameters that pg itself holds, of each query given to it while `work` runs. */
async function heldBy(work: () => Promise<unknown>): Promise<unknown[][]> {
  const held: unknown[][] = [];
  const submit = pg.Query.prototype.submit;
  pg.Query.prototype.submit = function (this: pg.Query & { values: unknown[] }, ...args) {
    held.push(this.values);
    return submit.apply(this, args);
  };
  try {
    await work();
  } finally {
    pg.Query.prototype.submit = submit;
  }
  return held;
}

it('releases the parameters of a finished query, and leaves those of the caller alone', async () => {
  const pool = new FailFastPool({ connectionString: database.url, max: 1 });
  const client = new FailFastClient(database.url);
  await client.connect();
  const values = ['a', 'b'];
  const text = 'select $1::text || $2::text as both';
  try {
    for (const one of [pool, client]) {
      const held = await heldBy(async () => {
        expect((await one.query<{ both: string }>(text, values)).rows).toEqual([{ both: 'ab' }]);
        expect((await one.query<{ both: string }>({ name: 'both', text, values })).rows).toEqual([{ both: 'ab' }]);
        await expect(one.query('select $1::int', ['a'])).rejects.toThrow('invalid input syntax');
        await new Promise<void>((resolve, reject) => {
          one.query(text, values, (error: Error | undefined) => (error ? reject(error) : resolve()));
        });
      });
      expect(held).toEqual([[], [], [], []]);
      expect(values).toEqual(['a', 'b']);
    }
  } finally {
    await pool.end();
    await client.end();
  }
});

it('drops a connection whose query times out, also in a pool', async () => {
  const pool = new FailFastPool({ connectionString: database.url, max: 1, query_timeout: 200 });
  try {
    await expect(pool.query('select pg_sleep($1)', [60])).rejects.toThrow('Query read timeout');
    while (pool.totalCount > 0) await setTimeout(10);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await pool.end();
  }
});

it('a connection lost between two statements of a transaction fails the next one, not the process', async () => {
  const pool = new FailFastPool({ connectionString: database.url, max: 2 });
  const client = await pool.connect();
  await client.query('begin');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  await pool.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
  await ended;
  await expect(client.query('select 1')).rejects.toThrow('not queryable');
  client.release(true);
  await pool.end();
});
