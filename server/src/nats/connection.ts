import { readFile } from 'node:fs/promises';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { NatsSettings } from '../config/nats-settings.js';

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MS = 500;
/** A peer that has vanished is noticed after two unanswered pings. */
const PING_MS = 10_000;

/** Where messages are delivered. Not below `_INBOX`: publishers may read there, for their answers. */
const INBOX = '_BPOC_INBOX';

/** Reconnects by itself. Rejects if the first connection fails, or a file cannot be read. */
export async function connectToNats(settings: NatsSettings): Promise<NatsConnection> {
  const { servers, user, credentialsFile, tls } = settings;
  return connect({
    servers,
    name: 'bpoc-webhooks',
    inboxPrefix: INBOX,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    // Credentials may be wrong for a while, when they are being rotated.
    ignoreAuthErrorAbort: true,
    ...(user && { user: user.name, pass: user.password }),
    ...(credentialsFile !== null && { authenticator: credsAuthenticator(await readFile(credentialsFile)) }),
    ...(tls && { tls }),
  });
}
