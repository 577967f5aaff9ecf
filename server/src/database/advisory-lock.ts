import type { EntityManager } from 'typeorm';

/** Waits for other transactions that locked this name; held until the transaction ends. */
export async function lockName(manager: EntityManager, name: string): Promise<void> {
  await manager.query('select pg_advisory_xact_lock(hashtext($1))', [name]);
}
