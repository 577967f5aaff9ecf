import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from './database.js';

/** A connection, optionally with a role as start-up option. */
export async function connected(connectionString: string, role?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, ...(role && { options: `-c role=${role}` }) });
  await client.connect();
  return client;
}

/** Call once per spec file: a function that returns a connection to the file's own database, as its owner. */
export function clientPerFile(): () => pg.Client {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = await connected(database.url);
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  return () => client;
}
