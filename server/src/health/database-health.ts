import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MIGRATIONS } from '../database/migrate.js';
import { ServiceDatabase } from '../database/service-database.js';
import { type Health, HealthIndicators } from './health-indicators.js';

/** A probe waits a few seconds at most; a dead peer would hold it for 30. */
const PATIENCE_MS = 2_000;

/** Registers the checks `database` and `migrations`. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  /** Never goes back: a newer schema has all that this code needs. */
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
      // The list belongs to the login role; for the rest of this transaction we are it.
      await manager.query('set local role none');
      const [table] = (await manager.query(`select to_regclass('migrations') is not null as there`)) as {
        there: boolean;
      }[];
      if (!table?.there) return [];
      return manager.query<{ name: string }[]>('select name from migrations');
    });
    return MIGRATIONS.filter((needed) => !done.some(({ name }) => name === needed.name)).map(({ name }) => name);
  }
}

/** The answer, or "no answer" when it takes too long. The question itself goes on and ends by the pool's own timeout. */
async function inTime(answer: Promise<Health>): Promise<Health> {
  const patience = new AbortController();
  const late = delay(
    PATIENCE_MS,
    { ok: false, detail: `no answer within ${PATIENCE_MS / 1000} s` },
    { signal: patience.signal },
  );
  // Aborting the wait rejects it, and a question that fails after the answer was given has nobody else to hear it.
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    patience.abort();
  }
}
