import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { SERVICE } from './data-source.js';

/** Runs a statement that is prepared by its name, on a connection of a pool or in a transaction. */
export type RunStatement = <Row>(name: string, text: string, values?: unknown[]) => Promise<Row[]>;

/** TypeORM's pool, which it does not make public. */
export const poolOf = ({ driver }: DataSource): pg.Pool => (driver as unknown as { master: pg.Pool }).master;

/** The database as bpoc_service, across agencies: for the engine, and for lookups before an agency is known. */
@Injectable()
export class ServiceDatabase {
  constructor(@InjectDataSource(SERVICE) private readonly dataSource: DataSource) {}

  /** For named prepared statements. */
  get pool(): pg.Pool {
    return poolOf(this.dataSource);
  }

  async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.pool.query(sql, parameters);
    return rows as Row[];
  }

  /** For frequent statements: planned once per connection, because planning takes longer than finding no rows. */
  readonly prepared: RunStatement = async <Row>(name: string, text: string, values: unknown[] = []) => {
    const { rows } = await this.pool.query({ name, text, values });
    return rows as Row[];
  };

  /** For single statements outside a transaction. */
  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /**
   * A transaction with named prepared statements, which TypeORM lacks: planning the intake statement takes as long as
   * running it for a few events.
   */
  async preparedTransaction<T>(work: (run: RunStatement) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(
        async (name, text, values) => (await client.query({ name, text, values })).rows as never,
      );
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      // A connection that cannot roll back must not return to the pool.
      client.release(broken);
    }
  }
}

/** Retries `work` after a deadlock or serialization failure. It must have no effects outside the database. */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left--) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (left <= 1 || (code !== '40P01' && code !== '40001')) throw error;
    }
  }
}
