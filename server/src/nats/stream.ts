import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { DAY_MS } from '../lib/time.js';
import { SUBJECT_PREFIX } from './message.js';

/* The stream and the consumer that all processes share; created if they are missing. */

export const STREAM = 'BPOC_EVENTS';
export const CONSUMER = 'intake';

/** As long as idempotency keys are kept. */
const MAX_AGE_MS = 7 * DAY_MS;
const DUPLICATE_WINDOW_MS = 120_000;
/** Of all processes: each holds at most two pulls. */
const MAX_ACK_PENDING = 10_000;

interface StreamSettings {
  /** Copies in a cluster. */
  replicas: number;
  /** After this time without an answer a message is delivered to another process. */
  ackWaitMs: number;
}

export interface EventStream {
  manager: JetStreamManager;
  consumer: Consumer;
  /** When the stream was created: another one begins its sequence numbers again. */
  created: string;
}

/** Finds the stream and the consumer, or creates them. An existing stream is used as it is. */
export async function openStream(connection: NatsConnection, settings: StreamSettings): Promise<EventStream> {
  // No check of the API, which would need another permission.
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { created } = await orMake(
    JetStreamApiCodes.StreamNotFound,
    () => manager.streams.info(STREAM),
    () =>
      manager.streams.add({
        name: STREAM,
        subjects: [`${SUBJECT_PREFIX}>`],
        storage: StorageType.File,
        // Messages leave the stream when they are stored in the database, so personal data is kept in one place.
        retention: RetentionPolicy.Workqueue,
        num_replicas: settings.replicas,
        max_age: nanos(MAX_AGE_MS),
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      }),
  );
  const config: Partial<ConsumerConfig> = {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(settings.ackWaitMs),
    max_ack_pending: MAX_ACK_PENDING,
    max_deliver: -1,
  };
  const found = await orMake(
    JetStreamApiCodes.ConsumerNotFound,
    () => manager.consumers.info(STREAM, CONSUMER),
    () => manager.consumers.add(STREAM, config),
  );
  if (found.config.ack_wait !== config.ack_wait) await manager.consumers.update(STREAM, CONSUMER, config);
  const consumer = await jetstream(connection).consumers.get(STREAM, CONSUMER);
  return { manager, consumer, created };
}

async function orMake<T>(missing: JetStreamApiCodes, find: () => Promise<T>, make: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== missing) throw error;
    return make();
  }
}
