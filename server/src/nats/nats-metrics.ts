import { Injectable, type OnModuleInit } from '@nestjs/common';
import { inTime } from '../lib/in-time.js';
import { Metrics, SCRAPE_TIMEOUT_MS } from '../metrics/metrics.js';
import { SUBJECT_PREFIX } from './message.js';
import { NatsConsumer } from './nats-consumer.js';
import { RejectedEvents } from './rejected-events.js';
import { type EventStream, STREAM } from './stream.js';

/** Asking NATS and the database takes milliseconds, which several scrapers must not multiply. */
const CACHE_MS = 5_000;

interface Lag {
  waiting: number;
  underWay: number;
  oldestSeconds: number;
}

/** Lag and results of consuming events from NATS, read when /metrics is scraped. */
@Injectable()
export class NatsMetrics implements OnModuleInit {
  #lag: { atMs: number; value: Promise<Lag | null> } | null = null;

  constructor(
    private readonly metrics: Metrics,
    private readonly consumer: NatsConsumer,
    private readonly rejected: RejectedEvents,
  ) {}

  onModuleInit(): void {
    this.#rejectedGauge();
    if (!this.consumer.isOn) return;
    this.#counter();
    this.#lagGauges();
  }

  #counter(): void {
    const { counts } = this.consumer;
    this.metrics.counter({
      name: 'bpoc_nats_messages_total',
      help:
        'Messages from NATS by what became of them: accepted, rejected, later (nothing could be stored, it comes ' +
        'again); redelivered: those that had come before.',
      labelNames: ['result'],
      collect() {
        this.reset();
        for (const [result, count] of Object.entries(counts)) this.inc({ result }, count);
      },
    });
  }

  #lagGauges(): void {
    const lag = () => this.#readLag();
    this.metrics.gauge({
      name: 'bpoc_nats_pending_events',
      help:
        'Messages in the stream that are not stored yet: waiting, or under_way in any process. ' +
        'Absent while NATS cannot be reached.',
      labelNames: ['state'],
      async collect() {
        this.reset();
        const now = await lag();
        if (now === null) return;
        this.set({ state: 'waiting' }, now.waiting);
        this.set({ state: 'under_way' }, now.underWay);
      },
    });
    this.metrics.gauge({
      name: 'bpoc_nats_oldest_seconds',
      help: 'Age of the oldest message that is not stored yet; 0: there is none. -1 while NATS cannot be reached.',
      async collect() {
        this.set((await lag())?.oldestSeconds ?? -1);
      },
    });
  }

  #rejectedGauge(): void {
    const { rejected } = this;
    this.metrics.gauge({
      name: 'bpoc_rejected_events',
      help: 'Messages kept as not accepted, of all processes. -1 while the database is unavailable.',
      async collect() {
        const count = rejected.count().catch(() => -1);
        this.set(await inTime(count, SCRAPE_TIMEOUT_MS, -1));
      },
    });
  }

  /** null while NATS cannot be reached. */
  #readLag(): Promise<Lag | null> {
    const { stream } = this.consumer;
    if (stream === null) return Promise.resolve(null);
    if (!this.#lag || Date.now() - this.#lag.atMs > CACHE_MS)
      this.#lag = {
        atMs: Date.now(),
        value: inTime(
          this.#askLag(stream).catch(() => null),
          SCRAPE_TIMEOUT_MS,
          null,
        ),
      };
    return this.#lag.value;
  }

  async #askLag({ consumer, manager }: EventStream): Promise<Lag> {
    const { num_pending: waiting, num_ack_pending: underWay, ack_floor } = await consumer.info();
    if (waiting + underWay === 0) return { waiting, underWay, oldestSeconds: 0 };
    const next = { seq: ack_floor.stream_seq + 1, next_by_subj: `${SUBJECT_PREFIX}>` };
    const oldest = await manager.streams.getMessage(STREAM, next);
    const oldestSeconds = oldest ? Math.max(0, (Date.now() - oldest.time.getTime()) / 1000) : 0;
    return { waiting, underWay, oldestSeconds };
  }
}
