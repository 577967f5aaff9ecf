import type { PgClient } from './pg-client.js';
import type { OutboxEvent, Transport } from './transport.js';

/*
 * One batch: claimed, sent and settled in one transaction, whose row locks are the claim. A relay that dies loses its
 * connection and with it the claim; what it had sent is sent again with the same ids, which the server stores once.
 */

export interface BatchOptions {
  table: string;
  /** Maximum number of rows. */
  limit: number;
  /** How many of the oldest rows are skipped. */
  skip: number;
  /** How many days sent rows are kept; 0: they are deleted at once. */
  keepDays: number;
}

export interface BatchResult {
  claimed: number;
  sent: number;
  rejected: number;
  /** Send a smaller batch next time. */
  split: boolean;
}

type Row = OutboxEvent & { position: string };

/** Commas included, below the server's limit of 8 MiB. A single row that exceeds it is sent alone. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Ends the transaction, and so the claim, of a relay whose machine vanished without closing its connection. */
const BEGIN = `begin; set local idle_in_transaction_session_timeout = '60s'`;

/** Never "position > last seen": a transaction with a lower position may commit later. */
const claimSql = (table: string): string => `
with claimed as (
  select position, octet_length(event) as size from ${table}
   where sent_at is null and rejected_at is null
   order by position limit $1 offset $2 for update skip locked
), summed as (
  select position, sum(size) over (order by position) as total, row_number() over (order by position) as number
    from claimed
)
select o.position, o.id, o.event from ${table} o join summed s on s.position = o.position
 where s.total <= ${MAX_BYTES} or s.number = 1 order by o.position`;

/** Sends one batch. Rejects, with nothing changed, when the transport or the database does not answer. */
export async function sendBatch(client: PgClient, transport: Transport, options: BatchOptions): Promise<BatchResult> {
  await client.query(BEGIN);
  try {
    const { rows } = await client.query(claimSql(options.table), [options.limit, options.skip]);
    const result = rows.length === 0 ? NOTHING : await sendRows(client, transport, rows as Row[], options);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

const NOTHING: BatchResult = { claimed: 0, sent: 0, rejected: 0, split: false };

async function sendRows(
  client: PgClient,
  transport: Transport,
  rows: Row[],
  { table, keepDays }: BatchOptions,
): Promise<BatchResult> {
  const claimed = rows.length;
  const answer = await transport.send(rows);
  if (answer.kind === 'split') return { ...NOTHING, claimed, split: true };
  if (answer.kind === 'refused') {
    const positions = [...answer.reasons.keys()].map((index) => rows[index]!.position);
    const reject = `update ${table} o set rejected_at = clock_timestamp(), reason = r.reason
                      from unnest($1::bigint[], $2::text[]) as r(position, reason) where o.position = r.position`;
    await client.query(reject, [positions, [...answer.reasons.values()]]);
    return { ...NOTHING, claimed, rejected: positions.length };
  }
  const settle = keepDays > 0 ? `update ${table} set sent_at = clock_timestamp()` : `delete from ${table}`;
  await client.query(`${settle} where position = any($1::bigint[])`, [rows.map(({ position }) => position)]);
  return { ...NOTHING, claimed, sent: claimed };
}

/** Deletes a batch of the rows that were sent more than `days` ago. */
export async function deleteOld(client: PgClient, table: string, days: number): Promise<void> {
  const old = `select position from ${table} where sent_at < now() - make_interval(days => $1) limit 5000`;
  await client.query(`delete from ${table} where position in (${old})`, [days]);
}

/** Makes refused events pending again and returns their number. */
export async function retryRejected(client: PgClient, table: string): Promise<number> {
  const { rowCount } = await client.query(
    `update ${table} set rejected_at = null, reason = null where rejected_at is not null`,
  );
  return rowCount ?? 0;
}
