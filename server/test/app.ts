import { randomBytes, randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { AppModule } from '../src/app.module.js';
import { Keyring, parseKeyring } from '../src/lib/keyring.js';
import { loadEnv } from '../src/config/env.js';
import { encryptAddress, newSecret, encryptSecret } from '../src/webhooks/model/webhook-secrets.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { perFile } from './per-file.js';

/*
 * The whole application without HTTP, in this process, with its own database. Rows are read as superuser, which
 * bypasses row-level security.
 */

export interface TestApp {
  app: INestApplicationContext;
  /** As superuser. */
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  addAgency(): Promise<string>;
  addWebhook(
    agencyId: string,
    url: string,
    more?: { events?: string[]; retryPlan?: string },
  ): Promise<{ id: string; secret: string }>;
  close(): Promise<void>;
}

/** The application module over a test database, with a new keyring. */
export function testModule(database: TestDatabase, settings: Record<string, string>) {
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  const env = loadEnv({
    ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
    DATABASE_URL: database.url,
    SECRETS_KEYS: keys,
    LOG_LEVEL: 'silent',
    UNDO_SECONDS: '0',
    ...settings,
  });
  const keyring = new Keyring(parseKeyring(keys));
  const { url } = database;
  return {
    keyring,
    module: AppModule.forRoot({
      env,
      database: { url, directUrl: url, poolSize: 6, connectTimeoutMs: 60_000 },
      keyring,
    }),
  };
}

/** Queries as superuser, which bypasses row-level security. */
export function superuserSql({ superuserUrl }: TestDatabase): { sql: TestApp['sql']; end: () => Promise<void> } {
  const pool = new pg.Pool({ connectionString: superuserUrl, max: 4 });
  return {
    sql: async (text, values = []) => (await pool.query(text, values)).rows as never,
    end: () => pool.end(),
  };
}

export async function startTestApp(settings: Record<string, string> = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const { keyring, module } = testModule(database, settings);
  const { sql, end } = superuserSql(database);
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  return {
    app,
    sql,
    async addAgency() {
      const id = randomUUID();
      await sql('insert into agencies (id, name) values ($1, $2)', [id, `Agency ${id}`]);
      return id;
    },
    async addWebhook(agencyId, url, { events = ['*'], retryPlan = 'standard' } = {}) {
      const id = randomUUID();
      const secret = newSecret();
      await sql(
        `insert into webhooks (id, agency_id, url, events, retry_plan, secret, secret_last4)
         values ($1, $2, $3, $4, $5, $6, 'test')`,
        [
          id,
          agencyId,
          encryptAddress(keyring, { agencyId, webhookId: id }, url),
          events,
          retryPlan,
          encryptSecret(keyring, { agencyId, webhookId: id }, secret),
        ],
      );
      return { id, secret };
    },
    async close() {
      await app.close();
      await end();
      await database.drop();
    },
  };
}

/** The application for the tests of a spec file. */
export const testAppPerFile = (settings: Record<string, string> = {}): TestApp => perFile(() => startTestApp(settings));
