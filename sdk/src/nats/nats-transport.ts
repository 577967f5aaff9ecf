import { MissingPeer } from '../missing-peer.js';
import type { OutboxEvent, Sent, Transport } from '../outbox/transport.js';
import { PublishError } from '../publish-error.js';

/*
 * Sends events through JetStream: an event counts as sent once it is in the stream BPOC_EVENTS.
 * `@nats-io/transport-node` and `@nats-io/jetstream` are optional peer dependencies, loaded when needed.
 */

/** The options of `connect` in `@nats-io/transport-node`, such as `user`, `pass`, `authenticator`, `tls`. */
export interface NatsOptions extends Record<string, unknown> {
  /** `host:port` of one or more servers of one cluster. */
  servers: string | string[];
}

const SUBJECT = 'bpoc.events';
const ACK_TIMEOUT_MS = 5_000;

interface Connection {
  isClosed(): boolean;
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Client {
  publish(subject: string, body: string, options: { msgID: string; timeout: number }): Promise<unknown>;
}

interface Open {
  connection: Connection;
  client: Client;
}

/** Publishes to JetStream, each event with its id as `Nats-Msg-Id`. */
export function natsTransport(options: NatsOptions): Transport {
  let opening: Promise<Open> | null = null;

  async function opened(): Promise<Client> {
    if (opening && (await opening).connection.isClosed()) opening = null;
    opening ??= open(options);
    try {
      return (await opening).client;
    } catch (error) {
      opening = null;
      throw error;
    }
  }

  return {
    async send(events) {
      const types = events.map(({ event }) => typeOf(event));
      const reasons = types.flatMap((type, index) =>
        type === null ? [[index, 'the row is not an event'] as const] : [],
      );
      if (reasons.length > 0) return { kind: 'refused', reasons: new Map(reasons) };
      await publishAll(await unlessMissing(opened()), events, types as string[]);
      return { kind: 'stored' } satisfies Sent;
    },
    async close() {
      const connection = await opening?.then(
        (open) => open.connection,
        () => undefined,
      );
      // It rejects while it is disconnected.
      await connection?.drain().catch(() => connection.close());
    },
  };
}

/** Rejects if any event may not be stored. Which ones does not matter, because repeated ids are harmless. */
async function publishAll(client: Client, events: OutboxEvent[], types: string[]): Promise<void> {
  const acks = events.map(({ id, event }, index) =>
    client.publish(`${SUBJECT}.${types[index]}`, event, { msgID: id, timeout: ACK_TIMEOUT_MS }),
  );
  const failed = (await Promise.allSettled(acks)).find((ack) => ack.status === 'rejected');
  if (failed) throw unreachable(failed.reason);
}

/** Null for anything but an event whose type can be a subject. */
function typeOf(event: string): string | null {
  try {
    const { type } = JSON.parse(event) as { type?: unknown };
    return typeof type === 'string' && /^[\w.]+$/.test(type) ? type : null;
  } catch {
    return null;
  }
}

function unlessMissing<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof MissingPeer ? error : unreachable(error);
  });
}

function unreachable(cause: unknown): PublishError {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new PublishError(`NATS did not store it: ${why}`, { code: 'network_error', tries: 1, cause });
}

async function open(options: NatsOptions): Promise<Open> {
  const { connect, jetstream } = await loadNats();
  const connection = await connect({ maxReconnectAttempts: -1, ...options });
  return { connection, client: jetstream(connection) };
}

interface Nats {
  connect: (options: object) => Promise<Connection>;
  jetstream: (connection: Connection) => Client;
}

async function loadNats(): Promise<Nats> {
  const needed = 'it is needed to publish to NATS';
  const load = (name: string, module: Promise<unknown>): Promise<unknown> =>
    module.catch((cause: unknown) => {
      throw new MissingPeer(name, needed, cause);
    });
  const { connect } = (await load('@nats-io/transport-node', import('@nats-io/transport-node'))) as Nats;
  const { jetstream } = (await load('@nats-io/jetstream', import('@nats-io/jetstream'))) as Nats;
  return { connect, jetstream };
}
