import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalPostgres, type LocalPostgres, type LocalPostgresOptions } from '../src/embedded/local-postgres.js';
import { compileLauncher, hold, isRunning, killHolders, serverPid, type Holder } from './local-postgres-holder.js';

/** Data directories of one spec file and the servers on them, with cleanup. */
export class LocalPostgresScratch {
  /** World-readable, because some tests run node or PostgreSQL as another user. */
  readonly root = mkdtempSync(join(realpathSync(tmpdir()), 'bpoc-local-postgres-'));
  readonly launcher = join(this.root, 'launcher');
  private readonly dataDirectories: string[] = [];
  private readonly started: LocalPostgres[] = [];

  constructor() {
    chmodSync(this.root, 0o755);
    compileLauncher(this.launcher);
  }

  /** A data directory that does not exist yet, two levels below a new folder with this mode. */
  freshDirectory(mode = 0o755): string {
    const directory = join(this.root, String(this.dataDirectories.length));
    mkdirSync(directory);
    chmodSync(directory, mode);
    const data = join(directory, 'data', 'postgres');
    this.dataDirectories.push(data);
    return data;
  }

  /** Starts in this process; `endTest` stops it. */
  async start(options: LocalPostgresOptions): Promise<LocalPostgres> {
    const postgres = await startLocalPostgres(options);
    this.started.push(postgres);
    return postgres;
  }

  /** Starts in a separate node process. */
  hold(dataDirectory: string, user?: { uid: number; gid: number }): Holder {
    return hold(this.launcher, dataDirectory, user);
  }

  /** For afterEach. */
  async endTest(): Promise<void> {
    killHolders();
    for (const postgres of this.started.splice(0)) await postgres.stop();
  }

  /** For afterAll: kills servers that a failed test left behind. */
  remove(): void {
    for (const data of this.dataDirectories) {
      const pid = existsSync(join(data, 'postmaster.pid')) ? serverPid(data) : null;
      if (pid !== null && isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}
