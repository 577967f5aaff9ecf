import type { DomainEvent } from '../catalogue.js';
import { serialised } from '../event-text.js';
import { webhookHelpers, type WebhookHelpers } from '../webhook-events.js';
import { tableName } from './table.js';
import { requireTransaction, type Transaction } from './transaction.js';

/** `id` is the key under which the event is published: the server stores one event per id. */
export interface Stored {
  id: string;
}

/** Writes events into a table of the caller's database; a relay publishes them. */
export interface Outbox extends WebhookHelpers<[tx: Transaction], Stored> {
  /**
   * Writes the event in the caller's transaction: both commit, or neither. Rejects with PublishError
   * `validation_failed` for an event that does not match the catalogue, and with TypeError outside a transaction; in
   * both cases nothing was written, and the transaction is still usable.
   */
  publish(event: DomainEvent, tx: Transaction): Promise<Stored>;
}

/** NOTIFY takes effect at the commit, so the relay wakes up once the row is visible. */
export const CHANNEL = 'bpoc_outbox';

/** Writes one event. RETURNING makes the result of every driver alike. */
export const insertSql = (table?: string): string =>
  `insert into ${tableName(table)} (id, event) values ($1, $2) returning pg_notify('${CHANNEL}', '')`;

/** An outbox in a table other than `bpoc_outbox`. */
export function createOutbox({ table }: { table?: string } = {}): Outbox {
  const sql = insertSql(table);
  const publish = async (event: DomainEvent, tx: Transaction): Promise<Stored> => {
    const { id, text } = serialised(event);
    requireTransaction(tx);
    await tx.query(sql, [id, text]);
    return { id };
  };
  return { publish, ...webhookHelpers(publish) };
}

/** The outbox in the table `bpoc_outbox`. */
export const outbox: Outbox = createOutbox();
