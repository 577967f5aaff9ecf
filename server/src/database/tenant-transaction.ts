import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { repeating } from './repeating.js';

/** Everything that happens for a signed-in agency: one transaction in which row-level security shows that agency's rows and no others. */
@Injectable()
export class TenantTransaction {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Runs `work` with a manager of one transaction, and once more after a deadlock, so it must only touch the database. Use that manager and
   * no other inside: a second connection can deadlock the pool.
   */
  run<T>(agencyId: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return repeating(() =>
      this.dataSource.transaction(async (manager) => {
        // Local to the transaction: a session-wide setting would leak to the next user of the connection. The role too, because behind
        // PgBouncer the start-up option of the pool does not arrive.
        await manager.query(`select set_config('role', 'bpoc_tenant', true), set_config('app.agency_id', $1, true)`, [
          agencyId,
        ]);
        return work(manager);
      }),
    );
  }
}
