import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import pg from 'pg';
import { dropAuditEntries } from '../../audit/audit-retention.js';
import { ENV, type Env } from '../../config/env.js';
import { DATABASE, type DatabaseSettings } from '../../database/database-settings.js';
import { createPartitions, dropPartitions } from '../../database/partitions.js';
import { isDatabaseAway } from './database-faults.js';
import { ServiceDatabase } from '../../database/service-database.js';

/*
 * Keeps partitions ahead of time and drops the old ones; ends idempotency keys and what arrived at test inboxes after 7 days, entries of the audit
 * log after a year. Every process tries; an advisory lock lets one work. A partition whose deliveries are still owed is kept until they are not.
 */

const HOUR_MS = 3_600_000;

@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('Retention');
  #round: Promise<void> | null = null;

  constructor(
    private readonly database: ServiceDatabase,
    @Inject(ENV) private readonly env: Env,
    @Inject(DATABASE) private readonly settings: DatabaseSettings,
  ) {}

  onApplicationBootstrap(): void {
    void this.run();
  }

  /** A round that is under way finishes while there still is a database. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#round;
  }

  @Interval('webhook-retention', HOUR_MS)
  async run(): Promise<void> {
    this.#round ??= this.#once().finally(() => (this.#round = null));
    await this.#round;
  }

  async #once(): Promise<void> {
    try {
      await this.#asOwner();
      await this.database.query(`delete from idempotency_keys where created_at < now() - interval '7 days'`);
      await this.database.query(`delete from inbox_messages where received_at < now() - interval '7 days'`);
    } catch (error) {
      if (!isDatabaseAway(error)) this.#log.error(error);
    }
  }

  /** Neither role may create or drop tables, or delete from the audit log. */
  async #asOwner(): Promise<void> {
    const owner = new pg.Client({ connectionString: this.settings.directUrl, application_name: 'bpoc_retention' });
    // A connection that breaks rejects the query under way; without a listener it would end the process as well.
    owner.on('error', () => undefined);
    await owner.connect();
    try {
      const made = await createPartitions(owner, Date.now());
      const dropped = await dropPartitions(owner, Date.now(), this.env.retentionDays);
      if (made.length + dropped.length > 0)
        this.#log.log(`partitions made: ${made.join(', ') || 'none'}; dropped: ${dropped.join(', ') || 'none'}`);
      await dropAuditEntries(owner, Date.now());
    } finally {
      await owner.end();
    }
  }
}
