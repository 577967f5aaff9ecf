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

export async function startServer(schema: Schema, settings: Record<string, string> = {}): Promise<BenchServer> {
  const keys = `k1:${randomBytes(32).toString('base64')}`;
  const env = loadEnv({
    ALLOWED_PRIVATE_CIDRS: '127.0.0.0/8',
    DATABASE_URL: schema.url,
    SECRETS_KEYS: keys,
    LOG_LEVEL: 'silent',
    ...settings,
  });
  const keyring = new Keyring(parseKeyring(keys));
  const database = { url: schema.url, directUrl: schema.url, poolSize: env.databasePoolSize };
  const app = await createHttpApp(AppModule.forRoot({ env, database, keyring }), {
    publicUrl: null,
    adminDirectory: '/nonexistent',
    nest: { logger: ['error', 'fatal'] },
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    schema,
    origin: `http://127.0.0.1:${port}`,
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
