import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../src/app.module.js';
import { ApiKeys } from '../src/auth/keys/api-keys.service.js';
import { Keyring, parseKeyring } from '../src/lib/keyring.js';
import { loadEnv } from '../src/config/env.js';
import { ServiceDatabase } from '../src/database/service-database.js';
import { createHttpApp } from '../src/http-app.js';
import { closeGracefully } from '../src/http/graceful-close.js';
import { newSecret, encryptAddress, encryptSecret } from '../src/webhooks/model/webhook-secrets.js';
import type { Schema } from './database.js';

/* The server under test: the whole application, including HTTP, in this process. */

export interface Target {
  agencyId: string;
  webhookId: string;
}

export interface BenchServer {
  app: NestFastifyApplication;
  schema: Schema;
  /** `http://127.0.0.1:port` */
  origin: string;
  /** A service token that may publish for every agency. */
  token(): Promise<string>;
  /** Adds an agency with one webhook per URL. */
  addAgency(urls: string[]): Promise<Target[]>;
  close(): Promise<void>;
}

/** Adds one agency for each URL. */
export async function addAgencies(server: BenchServer, urls: string[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const url of urls) targets.push(...(await server.addAgency([url])));
  return targets;
}

/** The application on `url`, listening; settings as in the environment, with `SECRETS_KEYS`. */
export async function listen(url: string, settings: Record<string, string>): Promise<NestFastifyApplication> {
  const env = loadEnv({
    ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
    DATABASE_URL: url,
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const keyring = new Keyring(parseKeyring(settings['SECRETS_KEYS']!));
  const database = { url, directUrl: url, poolSize: env.databasePoolSize };
  const app = await createHttpApp(AppModule.forRoot({ env, database, keyring }), {
    publicUrl: null,
    adminDirectory: '/nonexistent',
    nest: { logger: ['error', 'fatal'] },
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

export function originOf(app: NestFastifyApplication): string {
  return `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

export const newKeys = () => `k1:${randomBytes(32).toString('base64')}`;

export async function startServer(schema: Schema, settings: Record<string, string> = {}): Promise<BenchServer> {
  const keys = settings['SECRETS_KEYS'] ?? newKeys();
  const app = await listen(schema.url, { ...settings, SECRETS_KEYS: keys });
  const keyring = new Keyring(parseKeyring(keys));
  return {
    app,
    schema,
    origin: originOf(app),
    token: () => publishToken(app),
    addAgency: (urls) => addAgency(schema, keyring, urls),
    close: () => closeGracefully(app),
  };
}

async function publishToken(app: NestFastifyApplication): Promise<string> {
  const service = { name: 'bench', createdBy: 'bench', scopes: ['publish' as const], agencyIds: null };
  const { token } = await app
    .get(ServiceDatabase)
    .transaction((manager) => app.get(ApiKeys).issueServiceToken(manager, service));
  return token;
}

async function addAgency({ sql }: Schema, keyring: Keyring, urls: string[]): Promise<Target[]> {
  const agencyId = randomUUID();
  await sql('insert into agencies (id, name) values ($1, $2)', [agencyId, `Agency ${agencyId}`]);
  const targets = urls.map((url) => ({ agencyId, webhookId: randomUUID(), url }));
  await sql(
    `insert into webhooks (id, agency_id, url, events, secret, secret_last4)
     select id, $1, url, '{*}', secret, 'last' from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as w(id, url, secret)`,
    [
      agencyId,
      targets.map(({ webhookId }) => webhookId),
      targets.map(({ webhookId, url }) => encryptAddress(keyring, { agencyId, webhookId }, url)),
      targets.map(({ webhookId }) => encryptSecret(keyring, { agencyId, webhookId }, newSecret())),
    ],
  );
  return targets;
}
