import type { DomainEvent } from '../catalogue.js';
import type { WebhooksConfiguration } from '../configuration.js';
import { serialised } from '../event-text.js';
import { createOutbox, insertSql, type Stored } from '../outbox/outbox.js';
import { connectPool, type DatabaseConfiguration, type PgPool } from '../outbox/pg-client.js';
import { Relay } from '../outbox/relay.js';
import type { Transaction } from '../outbox/transaction.js';
import type { Transport } from '../outbox/transport.js';
import { createPublisher } from '../publish.js';
import { webhookHelpers, type WebhookHelpers } from '../webhook-events.js';

export interface OutboxOptions {
  /** The database with the outbox: a connection string, or the configuration of a `pg` client. */
  database: DatabaseConfiguration;
  /** Default `bpoc_outbox`. */
  table?: string;
  /** How many days sent rows are kept. Default 0. */
  keepDays?: number;
  /** Another way to the server than `url` and `token`, such as `natsTransport` of `bpoc-webhooks/nats`. */
  transport?: Transport;
  /** Whether this process runs the relay. Default true; false if another process does. */
  relay?: boolean;
}

/** Omitted settings come from the environment, as in `configureWebhooks`. */
export interface BpocWebhooksOptions extends WebhooksConfiguration {
  /** Writes events to this table, so that none is lost unless the database is. */
  outbox?: OutboxOptions | undefined;
}

/** How an event is published; `tx` only with an outbox. */
export type Publish = (event: DomainEvent, tx?: Transaction) => Promise<Stored>;

/** The injectable publisher: one helper for each event, and `publish`. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the constructor assigns every helper
export class WebhookPublisher {
  readonly #publish: Publish;
  readonly #relay: Relay | null;
  readonly #close: () => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(publish: Publish, { relay = null, close = async () => {} }: PublisherParts = {}) {
    this.#publish = publish;
    this.#relay = relay;
    this.#close = close;
    Object.assign(
      this,
      webhookHelpers((event: DomainEvent, tx?: Transaction) => this.publish(event, tx)),
    );
  }

  /** The relay of this process, for its health and metrics; null if it runs none. */
  get relay(): Relay | null {
    return this.#relay;
  }

  /**
   * With an outbox: resolves when the event is written, in the caller's transaction if `tx` is given, else in one of
   * its own. Without an outbox: resolves when the server has stored it. Rejects with PublishError.
   */
  async publish(event: DomainEvent, tx?: Transaction): Promise<Stored> {
    const work = this.#publish(event, tx);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Called by the module. */
  start(): void {
    this.#relay?.start();
  }

  /** Called by the module: waits for publishes in flight and stops the relay. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#relay?.stop();
    await this.#close();
  }
}

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- see the class
export interface WebhookPublisher extends WebhookHelpers<[tx?: Transaction], Stored> {}

interface PublisherParts {
  relay?: Relay | null;
  close?: () => Promise<void>;
}

/** The publisher for these options. Throws if a setting is missing. `log` gets the relay's messages. */
export function publisherOf({ outbox, ...server }: BpocWebhooksOptions, log: (line: string) => void): WebhookPublisher {
  if (outbox) return outboxPublisher(server, outbox, log);
  const { publishEvent } = createPublisher(server);
  return new WebhookPublisher((event, tx) => {
    if (tx) return Promise.reject(new TypeError('a transaction needs an outbox: configure one for the module'));
    return publishEvent(event);
  });
}

function outboxPublisher(
  server: WebhooksConfiguration,
  { relay: isRelay = true, ...options }: OutboxOptions,
  log: (line: string) => void,
): WebhookPublisher {
  const { database, table } = options;
  const outbox = createOutbox(table === undefined ? {} : { table });
  const sql = insertSql(table);
  let pool: Promise<PgPool> | null = null;
  const publish: Publish = async (event, tx) => {
    if (tx) return outbox.publish(event, tx);
    const { id, text } = serialised(event);
    pool ??= connectPool(database);
    await (await pool).query(sql, [id, text]);
    return { id };
  };
  const close = async (): Promise<void> => (await pool)?.end();
  const relay = isRelay ? new Relay({ ...serverOf(server), ...options, log }) : null;
  return new WebhookPublisher(publish, { relay, close });
}

function serverOf({
  url,
  token,
  fetch,
}: WebhooksConfiguration): Pick<WebhooksConfiguration, 'url' | 'token' | 'fetch'> {
  return { url, token, fetch };
}
