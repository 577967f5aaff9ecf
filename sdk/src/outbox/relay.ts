import type { WebhooksConfiguration } from '../configuration.js';
import { MissingPeer } from '../missing-peer.js';
import { PublishError } from '../publish-error.js';
import { deleteOld, retryRejected, sendBatch, type BatchResult } from './batch.js';
import { countOutbox, type OutboxCounts } from './counts.js';
import { CHANNEL } from './outbox.js';
import { checkTable, connectTo, end, TableError, type DatabaseConfiguration, type PgClient } from './pg-client.js';
import { DEFAULT_TABLE, tableName } from './table.js';
import { httpTransport, type Transport } from './transport.js';

/*
 * Publishes the events in the outbox and retries without limit. Any number of relays can share a table: each claims
 * rows that no other has claimed.
 */

export interface RelayOptions extends Pick<WebhooksConfiguration, 'url' | 'token' | 'fetch'> {
  /** The database with the outbox. Connect to PostgreSQL itself: a pooler in transaction mode has no LISTEN. */
  database: DatabaseConfiguration;
  /** Default `bpoc_outbox`. */
  table?: string;
  /** How many days sent rows are kept. Default 0: they are deleted at once. */
  keepDays?: number;
  /** Events in one request, 1 to 500. Default 500. */
  batch?: number;
  /** Milliseconds between polls of the table when no notification comes. Default 5,000. */
  pollMs?: number;
  /** Another way to the server than `url` and `token`. */
  transport?: Transport;
  /** Gets one line per noteworthy event. Default: `console.warn`. */
  log?: (line: string) => void;
}

export interface RelayHealth extends OutboxCounts {
  /** False while it cannot send: `problem` says why. */
  ok: boolean;
  problem: string | null;
  /** Since the start of this relay. */
  sent: number;
}

const MAX_BATCH = 500;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 30_000;
/** After an internal error of a reachable server: other events may succeed. */
const INTERNAL_PAUSE_MS = 1_000;
/** How long events for which the server fails are skipped. */
const SKIP_MS = 300_000;
const COUNT_EVERY_MS = 5_000;
const CLEAN_EVERY_MS = 60_000;

export class Relay {
  readonly #options: RelayOptions;
  readonly #table: string;
  readonly #transport: Transport;
  readonly #maxBatch: number;
  readonly #log: (line: string) => void;
  #client: PgClient | null = null;
  #loop: Promise<void> | null = null;
  #stopping = false;
  /** Ends a pause. */
  #wake: (() => void) | null = null;
  /** The relay waits for work, so a notification ends the pause. */
  #idle = false;
  #notified = false;
  #failures = 0;
  #limit: number;
  /** How many of the oldest events are skipped because the server fails on each of them alone, and since when. */
  #skip = 0;
  #skippedAt = 0;
  #counts: OutboxCounts = { waiting: 0, oldestSeconds: 0, rejected: 0 };
  #countedAt = -Infinity;
  #cleanedAt = -Infinity;
  #sent = 0;
  #problem: string | null = 'not started';

  /** Throws PublishError `not_configured` if the server's address or token is missing. */
  constructor(options: RelayOptions) {
    this.#options = options;
    this.#table = tableName(options.table ?? DEFAULT_TABLE);
    this.#transport = options.transport ?? httpTransport(options);
    this.#maxBatch = Math.min(MAX_BATCH, Math.max(1, options.batch ?? MAX_BATCH));
    this.#limit = this.#maxBatch;
    this.#log = options.log ?? ((line) => console.warn(line));
  }

  /** Starts in the background. Failures are retried without limit and shown by `health`. */
  start(): void {
    this.#loop ??= this.#run(false).catch((error: unknown) => this.#failed(error));
  }

  /**
   * Sends everything pending and resolves when nothing is left. Rejects only if a required package is not installed or
   * the table is missing or too old.
   */
  async drain(): Promise<void> {
    await this.#run(true);
    await this.stop();
  }

  /** Stops after the current batch, which takes 10 s at most. Pending events stay in the table. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#loop;
    this.#disconnect();
    await this.#transport.close();
  }

  /** Makes refused events pending again and resolves with their number. */
  async retryRejected(): Promise<number> {
    return retryRejected(await this.#connected(), this.#table);
  }

  /** The counts are at most a few seconds old. */
  health(): RelayHealth {
    return { ok: this.#problem === null, problem: this.#problem, sent: this.#sent, ...this.#counts };
  }

  /** The same in the text format of Prometheus. */
  metrics(): string {
    const { ok, sent, waiting, oldestSeconds, rejected } = this.health();
    return [
      ['waiting_events', 'gauge', 'Events to send.', waiting],
      ['oldest_seconds', 'gauge', 'Age of the oldest event to send.', oldestSeconds],
      ['rejected_events', 'gauge', 'Events that the server refused.', rejected],
      ['relay_up', 'gauge', 'Whether the relay reaches its database and the server.', Number(ok)],
      ['relay_sent_total', 'counter', 'Events sent since the start of this relay.', sent],
    ]
      .map(([name, type, help, value]) => {
        const metric = `bpoc_outbox_${name}`;
        return `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${metric} ${value}\n`;
      })
      .join('');
  }

  async #run(untilEmpty: boolean): Promise<void> {
    while (!this.#stopping) {
      try {
        const client = await this.#connected();
        this.#notified = false;
        await this.#maintain(client, false);
        const result = await sendBatch(client, this.#transport, {
          table: this.#table,
          limit: this.#limit,
          skip: this.#skipped(),
          keepDays: this.#options.keepDays ?? 0,
        });
        this.#succeeded(result);
        if (result.claimed > 0) continue;
        await this.#maintain(client, true);
        if (untilEmpty) return;
        await this.#pause(this.#options.pollMs ?? 5_000, true);
      } catch (error) {
        // In the background, keep trying: the migration may still come.
        if (error instanceof MissingPeer || (untilEmpty && error instanceof TableError)) throw error;
        this.#failed(error);
        await this.#pause(this.#backoffMs(error), false);
      }
    }
  }

  #succeeded({ sent, rejected, split }: BatchResult): void {
    if (this.#failures > 0) this.#log(`bpoc-webhooks relay: works again after ${this.#failures} failures`);
    this.#failures = 0;
    this.#problem = null;
    this.#sent += sent;
    if (rejected > 0) {
      const command = 'npx bpoc-webhooks outbox rejected';
      this.#log(`bpoc-webhooks relay: the server refused ${rejected} events; "${command}" lists them`);
    }
    // A batch that is refused as a whole is halved until the invalid event is alone.
    this.#limit = split ? Math.max(1, Math.floor(this.#limit / 2)) : Math.min(this.#maxBatch, this.#limit * 2);
  }

  #failed(error: unknown): void {
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#failures += 1;
    // The 1st, 2nd, 4th, 8th … in a row, so that a long outage does not flood the log.
    if (Number.isInteger(Math.log2(this.#failures)))
      this.#log(`bpoc-webhooks relay: cannot send (failure ${this.#failures}): ${this.#problem}`);
    // PublishError says nothing about the database; any other error may be a broken connection.
    if (!(error instanceof PublishError)) this.#disconnect();
    else this.#reduceBatch(error);
  }

  /** A slow server may manage smaller batches, and an event on which it fails must not block the others. */
  #reduceBatch(error: PublishError): void {
    if (this.#limit === 1 && error.code === 'internal') {
      this.#skip += 1;
      this.#skippedAt = performance.now();
    }
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  #skipped(): number {
    if (performance.now() - this.#skippedAt > SKIP_MS) this.#skip = 0;
    return this.#skip;
  }

  /** 200 ms, doubling to 30 s, half of it random; never shorter than the server asks for. */
  #backoffMs(error: unknown): number {
    const longest = error instanceof PublishError && error.code === 'internal' ? INTERNAL_PAUSE_MS : MAX_PAUSE_MS;
    const full = Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 20));
    const asked = error instanceof PublishError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(full / 2 + (Math.random() * full) / 2, Math.min(asked, MAX_PAUSE_MS));
  }

  /** Counts and cleans up, each at its own interval, and always when idle. */
  async #maintain(client: PgClient, idle: boolean): Promise<void> {
    const now = performance.now();
    if (idle || now - this.#countedAt > COUNT_EVERY_MS) {
      this.#counts = await countOutbox(client, this.#table);
      this.#countedAt = now;
    }
    const { keepDays = 0 } = this.#options;
    if (keepDays > 0 && now - this.#cleanedAt > CLEAN_EVERY_MS) {
      await deleteOld(client, this.#table, keepDays);
      this.#cleanedAt = now;
    }
  }

  async #connected(): Promise<PgClient> {
    if (this.#client) return this.#client;
    const client = await connectTo(this.#options.database);
    this.#client = client;
    await checkTable(client, this.#table);
    client.on('notification', () => {
      this.#notified = true;
      this.#wakeIfIdle();
    });
    client.on('end', () => {
      if (this.#client !== client) return;
      this.#client = null;
      this.#notified = true;
      this.#wakeIfIdle();
    });
    await client.query(`listen ${CHANNEL}`);
    return client;
  }

  #disconnect(): void {
    const client = this.#client;
    this.#client = null;
    if (client) end(client);
  }

  #wakeIfIdle(): void {
    if (this.#idle) this.#wake?.();
  }

  /** Waits. If `idle`, a notification ends the pause, and one received since the last poll prevents it. */
  async #pause(ms: number, idle: boolean): Promise<void> {
    if (this.#stopping || (idle && this.#notified)) return;
    this.#idle = idle;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#idle = false;
    this.#wake = null;
  }
}
