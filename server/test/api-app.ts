import { randomBytes, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';
import { ApiKeys } from '../src/auth/keys/api-keys.service.js';
import type { Role } from '../src/auth/role.js';
import { Keyring, parseKeyring } from '../src/lib/keyring.js';
import { loadEnv } from '../src/config/env.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import { createHttpApp } from '../src/http-app.js';
import { createTestDatabase } from './database.js';

/*
 * The whole application over HTTP, with its own database. Agencies authenticate by API key; rows are read as
 * superuser.
 */

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface ApiApp {
  app: NestFastifyApplication;
  keyring: Keyring;
  /** As superuser, which bypasses row-level security. */
  sql: <Row = Record<string, unknown>>(text: string, values?: unknown[]) => Promise<Row[]>;
  addAgency(): Promise<Agency>;
  close(): Promise<void>;
}

/** An agency as a client of the API, by default with the role admin. */
export interface Agency {
  id: string;
  ask(method: Method, path: string, body?: object | null, role?: Role): request.Test;
}

export async function startApiApp(settings: Record<string, string> = {}): Promise<ApiApp> {
  const database = await createTestDatabase();
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  const env = loadEnv({
    ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
    DATABASE_URL: database.url,
    SECRETS_KEYS: keys,
    LOG_LEVEL: 'silent',
    // Unreachable; only workers send alerts.
    SMTP_URL: 'smtp://127.0.0.1:9',
    ...settings,
  });
  const keyring = new Keyring(parseKeyring(keys));
  const module = AppModule.forRoot({
    env,
    database: { url: database.url, directUrl: database.url, poolSize: 6 },
    keyring,
  });
  const app = await createHttpApp(module, { publicUrl: null, adminDirectory: '/nonexistent', nest: { logger: false } });
  await app.listen(0, '127.0.0.1');
  const superuser = new Pool({ connectionString: database.superuserUrl, max: 4 });
  const sql: ApiApp['sql'] = async (text, values = []) => (await superuser.query(text, values)).rows as never;
  return {
    app,
    keyring,
    sql,
    addAgency: () => addAgency(app, sql),
    async close() {
      await app.close();
      await superuser.end();
      await database.drop();
    },
  };
}

async function addAgency(app: NestFastifyApplication, sql: ApiApp['sql']): Promise<Agency> {
  const id = randomUUID();
  await sql('insert into agencies (id, name) values ($1, $2)', [id, `Agency ${id}`]);
  const tokens = {} as Record<Role, string>;
  for (const role of ['viewer', 'member', 'admin', 'owner'] as const) {
    const key = await app
      .get(ServiceDatabase)
      .transaction((manager) =>
        app.get(ApiKeys).issueKey(manager, { agencyId: id, role, name: role, createdBy: 'test' }),
      );
    tokens[role] = key.token;
  }
  return {
    id,
    ask(method, path, body = null, role = 'admin') {
      const http = request(app.getHttpServer());
      const sent = http[method](`/api/recruiter${path}`).set('authorization', `Bearer ${tokens[role]}`);
      return body === null ? sent : sent.send(body);
    },
  };
}
