import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../lib/app-error.js';
import { ConcurrencyLimits } from '../lib/concurrency-limit.js';
import { DATABASE, type DatabaseSettings } from './database-settings.js';
import { retryOnConflict } from './service-database.js';

/** How many transactions of one agency may queue for a connection. */
const MAX_WAITING = 200;

/**
 * Runs every transaction on behalf of an agency: row-level security shows that agency's rows and no others. An agency
 * uses at most half of the connections, so that a burst of its requests delays only itself.
 */
@Injectable()
export class TenantTransaction {
  readonly #limits: ConcurrencyLimits;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(DATABASE) { poolSize }: DatabaseSettings,
  ) {
    const atOnce = Math.floor(poolSize / 2);
    this.#limits = new ConcurrencyLimits({ atOnce, maxWaiting: MAX_WAITING, refusal: tooManyAtOnce });
  }

  /**
   * Runs `work` in one transaction, and again after a deadlock, so it must have no effects outside the database. It
   * must use only the manager that it is given: waiting for a second connection can deadlock the pool.
   * @throws AppError too_many_requests when too many transactions of the agency are queued
   */
  run<T>(agencyId: string, work: Work<T>): Promise<T> {
    return this.#limited(agencyId, () => this.dataSource.transaction(asAgency(agencyId, work)));
  }

  /** Like `run`, but all statements see the database as of the same moment. For reading, and inserting. */
  snapshot<T>(agencyId: string, work: Work<T>): Promise<T> {
    return this.#limited(agencyId, () => this.dataSource.transaction('REPEATABLE READ', asAgency(agencyId, work)));
  }

  #limited<T>(agencyId: string, transaction: () => Promise<T>): Promise<T> {
    return this.#limits.run(agencyId, () => retryOnConflict(transaction));
  }
}

type Work<T> = (manager: EntityManager) => Promise<T>;

function asAgency<T>(agencyId: string, work: Work<T>): Work<T> {
  return async (manager) => {
    // Local to the transaction: a session setting would leak to the next user of the connection. The role is set too,
    // because PgBouncer drops the start-up option of the pool.
    await manager.query(`select set_config('role', 'bpoc_tenant', true), set_config('app.agency_id', $1, true)`, [
      agencyId,
    ]);
    return work(manager);
  };
}

function tooManyAtOnce(): AppError {
  const words = 'Too many requests of this agency at the same time. Try again in a second.';
  return new AppError('too_many_requests', words, { retryAfterSeconds: 1 });
}
