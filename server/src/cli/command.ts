import { join } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { DataSource } from 'typeorm';
import { type Env, loadEnv } from '../config/env.js';
import { dataSourceOptions } from '../database/data-source.js';
import { ENTITIES } from '../entities.js';
import { demoKeyring } from '../embedded/secrets-key-file.js';
import { startLocalPostgres } from '../embedded/local-postgres.js';
import { Keyring, parseKeyring } from '../lib/keyring.js';
import { startFault } from '../start-error.js';
import { ServiceDatabase } from '../database/service-database.js';

/* What the commands share: settings, a database, arguments, and error messages without a stack. */

/** The message is printed without a stack. */
export class UsageError extends Error {}

/** `parseArgs`, but wrong arguments throw UsageError. */
export function readArguments<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}

/** Runs a command and sets the exit code: 0, or 1 with a message on stderr. */
export async function runCommand(command: (env: Env) => Promise<void>): Promise<void> {
  try {
    await command(loadEnv(process.env, { needsKeys: false }));
  } catch (error) {
    process.exitCode = 1;
    const expected = error instanceof UsageError ? error.message : startFault(error);
    console.error(expected ?? error);
  }
}

/** Runs `work` with the database of DATABASE_URL, or with the embedded one of DATA_DIR, which is started for it. */
export async function withDatabase<T>(env: Env, work: (url: string) => Promise<T>): Promise<T> {
  const given = env.databaseDirectUrl ?? env.databaseUrl;
  if (given !== null) return work(given);
  const local = await startLocalPostgres({ dataDirectory: join(env.dataDir, 'postgres') });
  try {
    return await work(local.url);
  } finally {
    await local.stop();
  }
}

/** Runs `work` with a connection that sees all agencies. */
export async function withServiceDatabase<T>(url: string, work: (database: ServiceDatabase) => Promise<T>): Promise<T> {
  const source = await new DataSource(
    dataSourceOptions({ entities: ENTITIES, url, role: 'bpoc_service', poolSize: 2 }),
  ).initialize();
  try {
    return await work(new ServiceDatabase(source));
  } finally {
    await source.destroy();
  }
}

/** The keys of SECRETS_KEYS, or those in DATA_DIR. Throws UsageError if a database is set without its keys. */
export async function keyringOf({ secretsKeys, databaseUrl, dataDir }: Env): Promise<Keyring> {
  if (secretsKeys === null && databaseUrl !== null)
    throw new UsageError('SECRETS_KEYS must be set, as for the server.');
  return new Keyring(parseKeyring(secretsKeys ?? (await demoKeyring(dataDir))));
}
