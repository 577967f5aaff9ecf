import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { ApiKeys } from '../src/auth/keys/api-keys.service.js';
import type { Role } from '../src/auth/role.js';
import type { Keyring } from '../src/lib/keyring.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import { createHttpApp } from '../src/http-app.js';
import { superuserSql, testModule } from './app.js';
import { createTestDatabase } from './database.js';
import { perFile } from './per-file.js';

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
  // SMTP is unreachable; only workers send alerts.
  const { keyring, module } = testModule(database, { SMTP_URL: 'smtp://127.0.0.1:9', ...settings });
  const app = await createHttpApp(module, { publicUrl: null, adminDirectory: '/nonexistent', nest: { logger: false } });
  await app.listen(0, '127.0.0.1');
  const { sql, end } = superuserSql(database);
  return {
    app,
    keyring,
    sql,
    addAgency: () => addAgency(app, sql),
    async close() {
      await app.close();
      await end();
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

/** The application for the tests of a spec file. `settings` may be a function, which is called before its tests. */
export const apiPerFile = (settings: Record<string, string> | (() => Record<string, string>) = {}): ApiApp =>
  perFile(() => startApiApp(typeof settings === 'function' ? settings() : settings));

/** Call once in a spec file: a new agency for each test. */
export function agencyPerTest(api: Pick<ApiApp, 'addAgency'>): Agency {
  let agency: Agency | undefined;
  beforeEach(async () => {
    agency = await api.addAgency();
  });
  afterAll(() => {
    agency = undefined;
  });
  return {
    get id() {
      return agency!.id;
    },
    ask: (...asked) => agency!.ask(...asked),
  };
}
