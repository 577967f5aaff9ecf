import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory, writeDurably } from './durable-file.js';
import { LocalPostgresError, POSTGRES_ENV, type PostgresBinaries } from './local-postgres-binaries.js';
import type { RunAs } from './local-postgres-run-as.js';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

/** The data directory and the files next to it, which have its name. */
export interface ClusterPaths {
  data: string;
  /** JSON with both passwords, mode 0600. */
  passwords: string;
  log: string;
  lock: string;
  users: string;
}

interface Passwords {
  superuser: string;
  login: string;
}

/**
 * Whether the data directory holds a finished cluster of this major version.
 * @throws LocalPostgresError if it holds another version, or unrelated files
 */
export async function hasCluster(data: string, major: number): Promise<boolean> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) {
    if (version.trim() === String(major)) return true;
    throw new LocalPostgresError(
      `${data} was created by PostgreSQL ${version.trim()} and this is PostgreSQL ${major}: ` +
        `move it away (only version ${version.trim()} can read its data), or set DATABASE_URL.`,
    );
  }
  if ((await readdir(data).catch(() => [])).length === 0) return false;
  throw new LocalPostgresError(`${data} is not empty and holds no PostgreSQL data: use another DATA_DIR.`);
}

/** The passwords of an existing cluster. @throws LocalPostgresError if their file is missing */
export async function readPasswords(paths: ClusterPaths): Promise<Passwords> {
  const text = await readFile(paths.passwords, 'utf8').catch(() => null);
  if (text !== null) return JSON.parse(text) as Passwords;
  throw new LocalPostgresError(
    `${paths.passwords}, which holds the passwords of ${paths.data}, is missing: ` +
      'restore it, or remove both to start over.',
  );
}

/**
 * Creates a cluster next to the data directory and then renames it, so that a kill at any moment leaves either all of
 * it or nothing. Call it under the lock, because it removes what a killed run has left.
 */
export async function createCluster(paths: ClusterPaths, binaries: PostgresBinaries, runAs: RunAs): Promise<void> {
  await removeUnfinished(paths.data);
  const passwords: Passwords = { superuser: newPassword(), login: newPassword() };
  // Before the rename, because a cluster without its passwords is useless.
  await writeDurably(paths.passwords, `${JSON.stringify(passwords, null, 2)}\n`);
  const staging = `${paths.data}.initdb-${process.pid}`;
  await mkdir(staging, { mode: 0o700 });
  try {
    const passwordFile = join(staging, 'password');
    await writeFile(passwordFile, passwords.superuser, { mode: 0o600 });
    await chownTo(runAs, staging);
    await runInitdb(binaries, runAs, join(staging, 'data'), passwordFile);
    await rmdir(paths.data).catch(() => undefined);
    await rename(join(staging, 'data'), paths.data);
    await syncDirectory(dirname(paths.data));
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function runInitdb(binaries: PostgresBinaries, runAs: RunAs, data: string, passwordFile: string): Promise<void> {
  // --locale=C for messages and formats exists everywhere. Collation and case mapping come from the built-in C.UTF-8,
  // which is the same on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const [command, ...args] = [
    ...runAs.prefix,
    binaries.initdb,
    '--pgdata',
    data,
    ...locale,
    ...access,
    '--no-instructions',
  ];
  try {
    await run(command, args, { ...runAs.spawnAs, env: POSTGRES_ENV, cwd: '/' });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const reason =
      stderr
        .trim()
        .split('\n')
        .findLast((line) => /error|fatal/i.test(line)) ?? (error as Error).message;
    throw new LocalPostgresError(
      `PostgreSQL could not create its data directory in ${dirname(dirname(data))}: ${reason.trim()}`,
      { cause: error },
    );
  }
}

/** A killed run leaves `<data>.initdb-*`. Its initdb may still write there for a moment, hence the retries. */
async function removeUnfinished(data: string): Promise<void> {
  const prefix = `${basename(data)}.initdb-`;
  for (const name of await readdir(dirname(data))) {
    if (name.startsWith(prefix)) {
      await rm(join(dirname(data), name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
  }
}

/** Gives a folder and its contents to the user that PostgreSQL runs as, unless that user already owns it. */
export async function chownTo({ owner }: RunAs, path: string): Promise<void> {
  if (!owner || (await stat(path)).uid === owner.uid) return;
  for (const entry of await readdir(path, { recursive: true })) {
    const file = join(path, entry);
    if ((await lstat(file)).isSymbolicLink()) continue;
    await chown(file, owner.uid, owner.gid);
  }
  // Last, because the owner of the folder shows that all is done.
  await chown(path, owner.uid, owner.gid);
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}
