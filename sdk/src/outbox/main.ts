export type { OutboxCounts } from './counts.js';
export { createOutbox, outbox, type Outbox, type Stored } from './outbox.js';
export type { DatabaseConfiguration } from './pg-client.js';
export { Relay, type RelayHealth, type RelayOptions } from './relay.js';
export { outboxSql, type OutboxSqlOptions } from './table.js';
export type { Transaction } from './transaction.js';
export { httpTransport, type OutboxEvent, type Sent, type Transport } from './transport.js';
