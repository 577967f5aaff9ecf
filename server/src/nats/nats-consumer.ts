import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ENV, type Env } from '../config/env.js';
import { ServiceDatabase } from '../database/service-database.js';
import { type Health, HealthIndicators } from '../health/health-indicators.js';
import type { NatsSettings } from '../config/nats-settings.js';
import { connectToNats } from './connection.js';
import { EventTaker, type Taken } from './event-taker.js';
import type { EventMessage } from './message.js';
import { type EventStream, openStream } from './stream.js';

/*
 * Consumes events from NATS JetStream, in processes that deliver (`ROLE` worker or all). A message is acknowledged
 * after the commit; its idempotency key makes a redelivery harmless. A process holds the messages of at most two pulls,
 * and does not pull while events cannot be stored.
 */

/** Messages of a pull: as many as intake stores in one statement. */
const BATCH = 200;
/** After this time a pull without messages is repeated. */
const PULL_MS = 5_000;
/** Delay before a message that could not be stored is delivered again. */
const LATER_MS = 1_000;
/** Pause between attempts to reach NATS or the database. */
const PAUSE_MS = 1_000;

export interface NatsCounts extends Record<Taken, number> {
  redelivered: number;
}

@Injectable()
export class NatsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Messages since the process started. */
  readonly counts: NatsCounts = { accepted: 0, rejected: 0, later: 0, redelivered: 0 };
  readonly #log = new Logger('Nats');
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #connection: NatsConnection | null = null;
  #stream: EventStream | null = null;
  #pull: ConsumerMessages | null = null;
  /** Resolves when the messages of the previous pull are stored. */
  #previous: Promise<unknown> = Promise.resolve();
  #cannotStore = false;
  #trouble: { since: Date; what: string } | null = { since: new Date(), what: 'connecting' };

  constructor(
    private readonly taker: EventTaker,
    private readonly database: ServiceDatabase,
    private readonly health: HealthIndicators,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** null: not connected, or not taking events in this process. */
  get stream(): EventStream | null {
    return this.#trouble ? null : this.#stream;
  }

  /** Whether this process takes events from NATS. */
  get isOn(): boolean {
    return this.env.nats !== null && this.env.role !== 'api';
  }

  onApplicationBootstrap(): void {
    const { nats } = this.env;
    if (nats === null || !this.isOn) return;
    this.health.register('nats', () => this.#health());
    this.#running = this.#run(nats);
  }

  /** Stores what has arrived. What NATS is sending right now is delivered to another process after the lease. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    this.#pull?.stop();
    await this.#running;
    await this.#connection?.drain().catch(() => this.#connection?.close());
  }

  /** Always ok: without NATS the process still delivers, and accepts events over HTTP. */
  #health(): Health {
    if (!this.#trouble) return { ok: true };
    return { ok: true, detail: `no events from NATS since ${this.#trouble.since.toISOString()}, the log says why` };
  }

  async #run(settings: NatsSettings): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const stream = await this.#open(settings);
        while (!this.#stop.signal.aborted) await this.#pullOnce(stream);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#failed(error);
        await this.#pause();
      }
    }
    await this.#previous;
  }

  async #open(settings: NatsSettings): Promise<EventStream> {
    if (!this.#connection || this.#connection.isClosed()) {
      this.#connection = await connectToNats(settings);
      void this.#watch(this.#connection);
    }
    const ackWaitMs = this.env.leaseMs;
    return (this.#stream = await openStream(this.#connection, { replicas: settings.replicas, ackWaitMs }));
  }

  /** Publishes each message when it arrives: intake stores those that arrive together in one statement. */
  async #pullOnce({ consumer, created }: EventStream): Promise<void> {
    const pull = await consumer.fetch({ max_messages: BATCH, expires: PULL_MS });
    this.#pull = pull;
    if (this.#stop.signal.aborted) pull.stop();
    const taken: Promise<void>[] = [];
    try {
      for await (const message of pull) {
        this.#works();
        taken.push(this.#take(message, created));
      }
      this.#works();
    } finally {
      await this.#previous;
      this.#previous = Promise.all(taken);
    }
    if (this.#cannotStore) await this.#untilStored();
  }

  /** Never rejects. */
  async #take(message: JsMsg, created: string): Promise<void> {
    if (message.redelivered) this.counts.redelivered++;
    const taken = await this.taker.take(messageOf(message, created), message.info.deliveryCount);
    this.counts[taken]++;
    if (taken === 'later') this.#cannotStore = true;
    try {
      answer(message, taken);
    } catch (error) {
      // The connection was closed meanwhile: the message is delivered again, which its key makes harmless.
      this.#log.debug(`no answer to NATS: ${String(error)}`);
    }
  }

  /** Resolves when the database answers again. */
  async #untilStored(): Promise<void> {
    await this.#previous;
    do await this.#pause();
    while (!this.#stop.signal.aborted && !(await this.#canStore()));
    this.#cannotStore = false;
  }

  #canStore(): Promise<boolean> {
    return this.database.query('select 1').then(
      () => true,
      () => false,
    );
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (this.#stop.signal.aborted) continue;
      if (status.type === 'disconnect') this.#failed(new Error('disconnected'));
      // A missing permission is reported only here: the request gets no answer.
      else if (status.type === 'error') this.#failed(status.error);
    }
  }

  #failed(error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    if (this.#trouble?.what !== what) this.#log.warn(`no events from NATS: ${what}; trying again`);
    this.#trouble = { since: this.#trouble?.since ?? new Date(), what };
  }

  #works(): void {
    if (this.#trouble) this.#log.log('taking events from NATS');
    this.#trouble = null;
  }

  /** Ends at once when the process stops. */
  async #pause(): Promise<void> {
    await delay(PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

function answer(message: JsMsg, taken: Taken): void {
  if (taken === 'accepted') message.ack();
  // Without a reason, because servers before 2.10 ignore a term with one.
  else if (taken === 'rejected') message.term();
  else message.nak(LATER_MS);
}

function messageOf(message: JsMsg, created: string): EventMessage {
  const { subject, data, headers, info, timestamp } = message;
  return {
    subject,
    body: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    messageId: headers?.get('Nats-Msg-Id') || null,
    traceparent: headers?.get('traceparent') || null,
    origin: `${created}/${info.streamSequence}`,
    publishedAt: new Date(timestamp),
  };
}
