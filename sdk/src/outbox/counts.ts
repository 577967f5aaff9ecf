import type { PgClient } from './pg-client.js';

/** What the table contains. */
export interface OutboxCounts {
  /** Pending rows; counted up to 100,000. */
  waiting: number;
  /** Age of the oldest pending row, in seconds; 0 if there is none. */
  oldestSeconds: number;
  /** Rows that the server refused; counted up to 100,000. */
  rejected: number;
}

const MAX_COUNTED = 100_000;

export async function countOutbox(client: Pick<PgClient, 'query'>, table: string): Promise<OutboxCounts> {
  const waiting = `from ${table} where sent_at is null and rejected_at is null`;
  const rejected = `from ${table} where rejected_at is not null`;
  const age = 'extract(epoch from clock_timestamp() - created_at)';
  const { rows } = await client.query(
    `select (select count(*) from (select ${waiting} limit ${MAX_COUNTED}) w) as waiting,
            coalesce((select ${age} ${waiting} order by position limit 1), 0) as "oldestSeconds",
            (select count(*) from (select ${rejected} limit ${MAX_COUNTED}) r) as rejected`,
  );
  const [row] = rows as [Record<keyof OutboxCounts, string>];
  return {
    waiting: Number(row.waiting),
    oldestSeconds: Math.max(0, Number(row.oldestSeconds)),
    rejected: Number(row.rejected),
  };
}
