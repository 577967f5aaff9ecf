import { createServer } from 'node:net';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Keyring, parseKeyring } from './lib/keyring.js';
import type { Env } from './config/env.js';
import { createLog, NestLog } from './config/logger.js';
import { publicUrlOf } from './config/public-url.js';
import { demoKeyring } from './embedded/secrets-key-file.js';
import type { DatabaseSettings } from './database/database-settings.js';
import { startLocalPostgres, type LocalPostgres } from './embedded/local-postgres.js';
import { migrate } from './database/migrate.js';
import { prepareDemo } from './embedded/demo.js';
import { createHttpApp } from './http-app.js';
import { closeGracefully } from './http/graceful-close.js';
import { StartError } from './start-error.js';

export interface RunningServer {
  url: string;
  /** Finishes requests and deliveries in progress, then stops the embedded database. Idempotent. */
  stop(): Promise<void>;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Resolves with undefined, and everything stopped again, if `signal` fires during the start. */
export async function startServer(env: Env, signal: AbortSignal): Promise<RunningServer | undefined> {
  // First, so that no database is created for a server that cannot listen.
  await checkPort(env);
  const postgres = env.databaseUrl ? undefined : await startPostgres(env);
  let app: NestFastifyApplication | undefined;
  try {
    const database = databaseSettings(env, postgres);
    say('Checking the database schema');
    await migrate({ url: database.directUrl, progress: say });
    const keyring = new Keyring(parseKeyring(env.secretsKeys ?? (await demoKeyring(env.dataDir))));
    if (signal.aborted) throw new Aborted();
    app = await createHttpApp(AppModule.forRoot({ env, database, keyring }), {
      publicUrl: env.publicUrl,
      trustedProxies: env.trustedProxies,
      securityContact: env.securityContact,
      nest: { logger: new NestLog(createLog(env)) },
    });
    const url = await listen(app, env);
    if (postgres) await prepareDemo(app, { url, dataDir: env.dataDir, say });
    if (signal.aborted) throw new Aborted();
    say(`listening on ${url}`);
    return { url, stop: once(() => close(app, postgres)) };
  } catch (error) {
    await close(app, postgres);
    if (error instanceof Aborted) return undefined;
    throw error;
  }
}

class Aborted extends Error {}

function startPostgres(env: Env): Promise<LocalPostgres> {
  say('Starting PostgreSQL');
  return startLocalPostgres({ dataDirectory: join(env.dataDir, 'postgres'), progress: say });
}

function databaseSettings(env: Env, postgres: LocalPostgres | undefined): DatabaseSettings {
  const url = env.databaseUrl ?? postgres!.url;
  return { url, directUrl: env.databaseDirectUrl ?? url, poolSize: env.databasePoolSize };
}

async function listen(app: NestFastifyApplication, env: Env): Promise<string> {
  await app.listen(env.port, env.host).catch((error: unknown) => Promise.reject(listenFault(error, env)));
  const { port } = app.getHttpServer().address() as { port: number };
  return publicUrlOf(env, port);
}

/** Listens briefly. Rejects with StartError if the port is in use or not permitted. */
async function checkPort(env: Env): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error) => reject(listenFault(error, env))).listen(env.port, env.host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

function listenFault(error: unknown, { host, port }: Env): Error {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') {
    return new StartError(`Port ${port} is taken. Stop what runs there, or choose another: PORT=0 takes any free one.`);
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new StartError(`This process may not listen on ${host}:${port} (${code}).`);
  return error instanceof Error ? error : new Error(String(error));
}

async function close(app: NestFastifyApplication | undefined, postgres: LocalPostgres | undefined): Promise<void> {
  if (app) await closeGracefully(app);
  await postgres?.stop();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
