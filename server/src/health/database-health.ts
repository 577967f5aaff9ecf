import { Injectable, type OnModuleInit } from '@nestjs/common';
import { missingMigrations } from '../database/migrate.js';
import { ServiceDatabase } from '../database/service-database.js';
import { withTimeout } from '../lib/with-timeout.js';
import { type Health, HealthIndicators } from './health-indicators.js';

/** Probes wait only a few seconds, and a query to a dead peer fails only after 10. */
const TIMEOUT_MS = 2_000;
const NO_ANSWER: Health = { ok: false, detail: `no answer within ${TIMEOUT_MS / 1000} s` };

/** Whether the database can be reached and has all migrations of this release. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  /** Never reset, because newer schemas are compatible with this code. */
  #upToDate = false;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    this.indicators.register('database', () => withTimeout(this.#reachable(), TIMEOUT_MS, NO_ANSWER));
    this.indicators.register('migrations', () => withTimeout(this.#migrated(), TIMEOUT_MS, NO_ANSWER));
  }

  async #reachable(): Promise<Health> {
    await this.database.query('select 1');
    return { ok: true };
  }

  async #migrated(): Promise<Health> {
    if (this.#upToDate) return { ok: true };
    const missing = await this.database.transaction(async (manager) => {
      // The table belongs to the login role.
      await manager.query('set local role none');
      return missingMigrations((sql) => manager.query(sql));
    });
    this.#upToDate = missing.length === 0;
    return this.#upToDate ? { ok: true } : { ok: false, detail: `${missing.length} not run yet: npm run migrate` };
  }
}
