/**
 * The caller's transaction: a TypeORM `EntityManager` or `QueryRunner`, a `pg` client, or anything that runs SQL with
 * `$1` parameters inside it.
 */
export interface Transaction {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** The parts of TypeORM and pg that show whether a transaction is open. */
interface Known {
  queryRunner?: { isTransactionActive?: boolean } | null;
  isTransactionActive?: boolean;
  getTransactionStatus?: () => string | null;
  totalCount?: number;
  getRepository?: unknown;
}

/**
 * Refuses objects that would commit the event on its own: a pool, a `DataSource`, its `manager`, or a client outside a
 * transaction. Unknown objects are assumed to be transactions.
 */
export function requireTransaction(tx: Transaction): void {
  if (typeof tx?.query !== 'function') throw new TypeError('tx must have query(sql, parameters)');
  const known = tx as Known;
  const isOutside =
    known.totalCount !== undefined ||
    (known.getRepository !== undefined && known.queryRunner?.isTransactionActive !== true) ||
    known.isTransactionActive === false ||
    known.getTransactionStatus?.() === 'I';
  if (isOutside)
    throw new TypeError('tx has no open transaction: the event would be stored even if your own change is rolled back');
}
