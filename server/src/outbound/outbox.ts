import type { Env } from '../config/env.js';
import { ServiceDatabase } from '../database/service-database.js';

/*
 * Transactional outboxes: mails and alerts are stored in the transaction that causes them and sent afterwards by
 * mail/outboxes.ts. Each kind has a table with the columns of schema/outboxes.ts. A claim is a lease with the attempt
 * number as fencing token, so that a late settle changes nothing. Delivery is at least once: if the process dies
 * between sending and settling, the message is sent again with the same id.
 */

const BATCH = 20;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** Older messages are out of date, and the link of an invite was shown on the screen too. */
const GIVE_UP_AFTER = `interval '24 hours'`;

export interface Pending {
  id: string;
  attempts: number;
}

/** `again`: to be retried. `never`: it cannot be sent, or need not be. */
export type SendResult = 'sent' | 'again' | 'never';

export interface OutboxTable {
  name: 'mails' | 'alerts';
  /** What a claim returns in addition to id and attempts: columns of the row `m`. */
  columns: string;
  /** Must be longer than sending one message may take. */
  leaseMs: number;
  /** When rows are deleted, because they hold the addresses of their recipients. */
  kept: string;
  /** The column that is set to null once the message is sent or given up. */
  emptied?: string;
}

/** Milliseconds until the next try after `tries`: 1 minute, doubling up to an hour. */
export const retryMs = (tries: number, { delayScale }: Pick<Env, 'delayScale'>): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10), LAST_RETRY_MS) * delayScale;

export class Outbox<Row extends Pending> {
  constructor(
    protected readonly database: ServiceDatabase,
    private readonly env: Pick<Env, 'delayScale'>,
    private readonly table: OutboxTable,
  ) {}

  /** SQL condition: there are messages to send, now or later. */
  get pending(): string {
    return `exists (select from ${this.table.name} where sent_at is null and given_up_at is null)`;
  }

  async claim(): Promise<Row[]> {
    const { name, columns, leaseMs } = this.table;
    return this.database.prepared<Row>(
      `claim_${name}`,
      `with due as materialized (
         select id from ${name}
         where sent_at is null and given_up_at is null and due_at <= now()
           and (lease_until is null or lease_until < now())
         order by due_at limit ${BATCH} for update skip locked
       )
       update ${name} m set lease_until = now() + $1::float8 * interval '1 millisecond', attempts = m.attempts + 1
       from due where m.id = due.id returning m.id, m.attempts, ${columns}`,
      [leaseMs],
    );
  }

  /** Records the result. `again` is retried after `retryMs`, until the message is a day old. */
  async settle({ id, attempts }: Pending, result: SendResult): Promise<void> {
    const { name, emptied } = this.table;
    await this.database.query(
      `with result as (
         select $3 = 'never' or $3 = 'again' and created_at < now() - ${GIVE_UP_AFTER} as exhausted
         from ${name} where id = $1
       )
       update ${name} set lease_until = null, due_at = now() + $4::float8 * interval '1 millisecond',
         ${emptied ? `${emptied} = case when $3 = 'again' and not exhausted then ${emptied} end,` : ''}
         sent_at = case $3::text when 'sent' then now() end, given_up_at = case when exhausted then now() end
       from result where id = $1 and attempts = $2 and sent_at is null and given_up_at is null`,
      [id, attempts, result, retryMs(attempts, this.env)],
    );
  }

  async deleteOld(): Promise<void> {
    await this.database.query(`delete from ${this.table.name} where created_at < now() - $1::interval`, [
      this.table.kept,
    ]);
  }
}
