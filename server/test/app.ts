import { randomBytes, randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { AppModule } from '../src/app.module.js';
import { Keyring, parseKeyring } from '../src/lib/keyring.js';
import { loadEnv } from '../src/config/env.js';
import { newSecret, sealSecret } from '../src/webhooks/model/webhook-secrets.js';
import { createTestDatabase } from './database.js';

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

export async function startTestApp(settings: Record<string, string> = {}): Promise<TestApp> {
  const database = await createTestDatabase();
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  const env = loadEnv({
    ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
    DATABASE_URL: database.url,
    SECRETS_KEYS: keys,
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const keyring = new Keyring(parseKeyring(keys));
  const superuser = new pg.Pool({ connectionString: database.superuserUrl, max: 4 });
  const settingsOfDatabase = { url: database.url, directUrl: database.url, poolSize: 6 };
  const app = await NestFactory.createApplicationContext(
    AppModule.forRoot({ env, database: settingsOfDatabase, keyring }),
    { logger: false, abortOnError: false },
  );
  const sql: TestApp['sql'] = async (text, values = []) => (await superuser.query(text, values)).rows as never;
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
        [id, agencyId, url, events, retryPlan, sealSecret(keyring, { agencyId, webhookId: id }, secret)],
      );
      return { id, secret };
    },
    async close() {
      await app.close();
      await superuser.end();
      await database.drop();
    },
  };
}
