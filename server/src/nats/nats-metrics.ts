import { Injectable, type OnModuleInit } from '@nestjs/common';
import { atMostEvery, withTimeout } from '../lib/with-timeout.js';
import { Metrics, SCRAPE_TIMEOUT_MS } from '../metrics/metrics.js';
import { SUBJECT_PREFIX } from './message.js';
import { NatsConsumer } from './nats-consumer.js';
import { RejectedEvents } from './rejected-events.js';
import { type EventStream, STREAM } from './stream.js';

/** Asking NATS and the database takes milliseconds, which several scrapers must not multiply. */
const CACHE_MS = 5_000;

interface Lag {
  pending: { waiting: number; under_way: number };
  oldestSeconds: number;
}

/** Lag and results of consuming events from NATS, read when /metrics is scraped. */
@Injectable()
export class NatsMetrics implements OnModuleInit {
  readonly #askLag = atMostEvery(CACHE_MS, () =>
    withTimeout<Lag | null>(
      lagOf(this.consumer.stream!).catch(() => null),
      SCRAPE_TIMEOUT_MS,
      null,
    ),
  );

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
    this.metrics.counter({
      name: 'bpoc_nats_messages_total',
      help:
        'Messages from NATS by what became of them: accepted, rejected, later (nothing could be stored, it comes ' +
        'again); redelivered: those that had come before.',
      labels: ['result'],
      read: () => ({ ...this.consumer.counts }),
    });
  }

  #lagGauges(): void {
    this.metrics.gauge({
      name: 'bpoc_nats_pending_events',
      help:
        'Messages in the stream that are not stored yet: waiting, or under_way in any process. ' +
        'Absent while NATS cannot be reached.',
      labels: ['state'],
      read: async () => (await this.#readLag())?.pending ?? null,
    });
    this.metrics.gauge({
      name: 'bpoc_nats_oldest_seconds',
      help: 'Age of the oldest message that is not stored yet; 0: there is none. -1 while NATS cannot be reached.',
      read: async () => (await this.#readLag())?.oldestSeconds ?? -1,
    });
  }

  #rejectedGauge(): void {
    this.metrics.gauge({
      name: 'bpoc_rejected_events',
      help: 'Messages kept as not accepted, of all processes. -1 while the database is unavailable.',
      read: () =>
        withTimeout(
          this.rejected.count().catch(() => -1),
          SCRAPE_TIMEOUT_MS,
          -1,
        ),
    });
  }

  /** null while NATS cannot be reached. */
  #readLag(): Promise<Lag | null> {
    return this.consumer.stream ? this.#askLag() : Promise.resolve(null);
  }
}

async function lagOf({ consumer, manager }: EventStream): Promise<Lag> {
  const { num_pending: waiting, num_ack_pending: under_way, ack_floor } = await consumer.info();
  const pending = { waiting, under_way };
  if (waiting + under_way === 0) return { pending, oldestSeconds: 0 };
  const next = { seq: ack_floor.stream_seq + 1, next_by_subj: `${SUBJECT_PREFIX}>` };
  const oldest = await manager.streams.getMessage(STREAM, next);
  const oldestSeconds = oldest ? Math.max(0, (Date.now() - oldest.time.getTime()) / 1000) : 0;
  return { pending, oldestSeconds };
}
