import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { eventually } from './eventually.js';
import { freePort } from './nats.js';

/* A real PgBouncer in front of a database. */

const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];

/** The program, or null. */
export const findPgBouncer = (): string | null => PLACES.find((path) => existsSync(path)) ?? null;

interface Pooling {
  /** Transactions of the database since the start. */
  transactions: number;
  /** Connections to PostgreSQL. */
  servers: number;
}

export class PgBouncer {
  #child: ChildProcess | null = null;
  #output = '';

  private constructor(
    private readonly folder: string,
    private readonly database: URL,
    private readonly port: number,
  ) {}

  /**
   * @param direct URL of the database
   * @param settings lines of the section [pgbouncer]
   */
  static async start(direct: string, settings: string): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), 'bpoc-pgbouncer-'));
    const url = new URL(direct);
    const bouncer = new PgBouncer(folder, url, await freePort());
    const { hostname, port, username, password } = url;
    const ini = [
      '[databases]',
      `* = host=${hostname} port=${port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${bouncer.port}`,
      'unix_socket_dir =',
      'auth_type = plain',
      `auth_file = ${join(folder, 'users.txt')}`,
      `stats_users = ${username}`,
      settings,
    ];
    writeFileSync(join(folder, 'pgbouncer.ini'), ini.join('\n'));
    writeFileSync(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`);
    // It refuses to run as root and reads its files as another user.
    chmodSync(folder, 0o755);
    await bouncer.#launch();
    return bouncer;
  }

  /** The same database through the pool. */
  get url(): string {
    const url = new URL(this.database);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** kill -9 and a start. */
  async restart(): Promise<void> {
    await this.#kill();
    await this.#launch();
  }

  async pooling(): Promise<Pooling> {
    const url = new URL(this.url);
    const name = url.pathname.slice(1);
    url.pathname = 'pgbouncer';
    const client = new pg.Client(url.href);
    await client.connect();
    try {
      const ofDatabase = (rows: Record<string, string>[]) => rows.filter(({ database }) => database === name);
      const [stats] = ofDatabase((await client.query('show stats')).rows as Record<string, string>[]);
      const servers = ofDatabase((await client.query('show servers')).rows as Record<string, string>[]);
      return { transactions: Number(stats?.['total_xact_count'] ?? 0), servers: servers.length };
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.#kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const asOther = process.getuid?.() === 0 ? ['-u', 'daemon'] : [];
    const child = spawn(findPgBouncer()!, [...asOther, join(this.folder, 'pgbouncer.ini')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    await eventually(() => {
      if (!this.#output.includes('process up')) throw new Error(`no PgBouncer: ${this.#output}`);
    });
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }
}
