import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { HOUR_MS } from '../../../lib/time.js';
import { dropAuditEntries } from '../../../audit/audit-log.service.js';
import { ENV, type Env } from '../../../config/env.js';
import { DATABASE, type DatabaseSettings } from '../../../database/database-settings.js';
import { dropPartitions, orphanPartitions } from '../../../database/old-partitions.js';
import { createPartitions, withPartitionLock, PARTITIONED_TABLES } from '../../../database/partitions.js';
import { FailFastClient } from '../../../database/pg-pool.js';
import { ServiceDatabase } from '../../../database/service-database.js';
import { Loop } from '../../../health/loop.js';
import { isDatabaseUnavailable } from '../../../http/database-errors.js';
import { withTimeout } from '../../../lib/with-timeout.js';
import { expiredRows, IN_DEFAULT_SQL, type Purge } from './expired-rows.js';

/*
 * Creates partitions ahead of time and drops old ones, deletes expired rows elsewhere, and audit log entries after a
 * year. Every process does it once an hour, one process at a time. A partition with pending deliveries is kept. A step
 * that fails is logged and does not block the others.
 */

const BATCH = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** Moving the rows of a day out of the default partition may take longer than any statement of a delivery. */
const OWNER_PATIENCE_MS = 60_000;
/** Grace period of a running round at shutdown. Unfinished work is rolled back and done by the next round. */
const STOP_GRACE_MS = 2_000;

@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('Retention');
  readonly #loop = new Loop({ name: 'Retention', everyMs: HOUR_MS, work: () => this.#once() });
  #owner: FailFastClient | null = null;
  #stopping = false;
  /** The last warning of each kind: an unchanged one is not logged again. */
  readonly #warned = new Map<string, string>();

  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
    @Inject(DATABASE) private readonly settings: DatabaseSettings,
  ) {}

  onApplicationBootstrap(): void {
    void this.run();
  }

  /** A running round finishes while the database is still available; a hanging one is cut off. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    await withTimeout(this.#loop.stop(), STOP_GRACE_MS, undefined);
    this.#owner?.cut();
  }

  @Interval('webhook-retention', HOUR_MS)
  run(): Promise<void> {
    return this.#loop.tick();
  }

  async #once(): Promise<void> {
    await this.#step('partitions and the audit log', () => this.#asOwner());
    for (const purge of expiredRows(Date.now(), this.env.retentionDays))
      await this.#step(purge.what, () => this.#purge(purge));
    await this.#step('default partitions', () => this.#reportDefaults());
  }

  /** Never rejects, so that a failing step does not block the next. */
  async #step(what: string, work: () => Promise<void>): Promise<void> {
    if (this.#stopping) return;
    try {
      await work();
    } catch (error) {
      if (!isDatabaseUnavailable(error) && !this.#stopping) this.#log.error(`${what}: ${String(error)}`);
    }
  }

  /** Neither role may create or drop tables, or delete from the audit log. */
  async #asOwner(): Promise<void> {
    const owner = new FailFastClient({
      connectionString: this.settings.directUrl,
      application_name: 'bpoc_retention',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: OWNER_PATIENCE_MS,
      keepAlive: true,
    });
    // A broken connection rejects the running query; without a listener it would also end the process.
    owner.on('error', () => undefined);
    this.#owner = owner;
    try {
      await owner.connect();
      await this.#partitions(owner);
      await dropAuditEntries(owner, Date.now());
    } finally {
      await owner.close();
      this.#owner = null;
    }
  }

  async #partitions(owner: FailFastClient): Promise<void> {
    const failed = (partition: string, error: Error) =>
      this.#log.warn(`${partition}: failed, retrying in an hour: ${error.message}`);
    const made = await createPartitions(owner, Date.now(), { failed });
    const dropped: string[] = [];
    const { retentionDays } = this.env;
    await withPartitionLock(owner, async () => {
      dropped.push(...(await dropPartitions(owner, Date.now(), { retentionDays, failed })));
    });
    if (made.length + dropped.length > 0)
      this.#log.log(`partitions created: ${made.join(', ') || 'none'}; dropped: ${dropped.join(', ') || 'none'}`);
    this.#warnOnce(
      'orphans',
      'partitions without the others of their day, or of no table',
      await orphanPartitions(owner),
    );
  }

  async #purge({ what, sql, values = [] }: Purge): Promise<void> {
    let gone = 0;
    for (let found = BATCH; found === BATCH && !this.#stopping; gone += found)
      found = (await this.database.pool.query(sql, [BATCH, ...values])).rowCount ?? 0;
    if (gone > 0) this.#log.log(`${what}: ${gone} expired and deleted`);
  }

  async #reportDefaults(): Promise<void> {
    const names = PARTITIONED_TABLES.map((table) => `${table}_default`);
    const rows = await this.database.query<{ name: string; rows: number }>(IN_DEFAULT_SQL, [names]);
    const lines = rows.map((row) => `${row.name} (about ${row.rows} rows)`);
    this.#warnOnce('default', 'rows whose id is of a day without a partition', lines);
  }

  #warnOnce(kind: string, what: string, found: string[]): void {
    const line = found.join(', ');
    if (line !== (this.#warned.get(kind) ?? '') && line !== '') this.#log.warn(`${what}: ${line}`);
    this.#warned.set(kind, line);
  }
}
