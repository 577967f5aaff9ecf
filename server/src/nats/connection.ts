import { readFile } from 'node:fs/promises';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { NatsSettings } from '../config/nats-settings.js';

const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MS = 500;
/** A peer that vanished is noticed after two of them. */
const PING_MS = 10_000;

/** Messages come there. Not below `_INBOX`, where publishers read their answers, and could read these. */
const INBOX = '_BPOC_INBOX';

/** A connection that comes back by itself. Rejects if there is none at first, and for files that cannot be read. */
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
    // Credentials may be wrong for a while, during a change of them.
    ignoreAuthErrorAbort: true,
    ...(user && { user: user.name, pass: user.password }),
    ...(credentialsFile !== null && { authenticator: credsAuthenticator(await readFile(credentialsFile)) }),
    ...(tls && { tls }),
  });
}
