import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MIGRATION_NAMES } from '../database/migrate.js';
import { ServiceDatabase } from '../database/service-database.js';
import { type Health, HealthIndicators } from './health-indicators.js';

/** Probes wait only a few seconds; a dead peer would take 30. */
const PATIENCE_MS = 2_000;

@Injectable()
export class DatabaseHealth implements OnModuleInit {
  /** Never reset: a newer schema is compatible with this code. */
  #upToDate = false;

  constructor(
    private readonly database: ServiceDatabase,
    private readonly indicators: HealthIndicators,
  ) {}

  onModuleInit(): void {
    this.indicators.register('database', () => inTime(this.#reachable()));
    this.indicators.register('migrations', () => inTime(this.#migrated()));
  }

  async #reachable(): Promise<Health> {
    await this.database.query('select 1');
    return { ok: true };
  }

  async #migrated(): Promise<Health> {
    if (this.#upToDate) return { ok: true };
    const missing = await this.#missingMigrations();
    this.#upToDate = missing.length === 0;
    return this.#upToDate ? { ok: true } : { ok: false, detail: `${missing.length} not run yet: npm run migrate` };
  }

  async #missingMigrations(): Promise<string[]> {
    const done = await this.database.transaction(async (manager) => {
      // The table belongs to the login role.
      await manager.query('set local role none');
      const [table] = (await manager.query(`select to_regclass('migrations') is not null as there`)) as {
        there: boolean;
      }[];
      if (!table?.there) return [];
      return manager.query<{ name: string }[]>('select name from migrations');
    });
    return MIGRATION_NAMES.filter((needed) => !done.some(({ name }) => name === needed));
  }
}

/** On timeout the query itself continues until the pool's own timeout. */
async function inTime(answer: Promise<Health>): Promise<Health> {
  const patience = new AbortController();
  const late = delay(
    PATIENCE_MS,
    { ok: false, detail: `no answer within ${PATIENCE_MS / 1000} s` },
    { signal: patience.signal },
  );
  // Aborting the delay rejects it, and a query that fails after the timeout has no other handler.
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    patience.abort();
  }
}
