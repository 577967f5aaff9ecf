import { readFile } from 'node:fs/promises';
import { MissingPeer } from '../missing-peer.js';
import type { NatsOptions } from '../nats/nats-transport.js';
import { UsageError } from './usage-error.js';

type Environment = Record<string, string | undefined>;

/** Reads the same variables as the server. */
export async function natsOptions(env: Environment): Promise<NatsOptions> {
  const urls = (env['NATS_URL'] ?? '').split(',').filter((text) => text.trim() !== '');
  if (urls.length === 0) throw new UsageError('set NATS_URL, such as nats://host:4222');
  const addresses = urls.map((text) => addressOf(text.trim()));
  const named = addresses.find(({ username }) => username !== '');
  const tls = tlsOf(env);
  const isEncrypted = tls !== null || addresses.some(({ protocol }) => protocol === 'tls:');
  return {
    servers: addresses.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    ...(named && { user: decoded(named.username), pass: decoded(named.password) }),
    ...(isEncrypted && { tls: tls ?? {} }),
    ...(await authenticatorOf(env['NATS_CREDENTIALS'])),
  };
}

function addressOf(text: string): URL {
  try {
    const url = new URL(text);
    if (['nats:', 'tls:'].includes(url.protocol) && url.hostname !== '') return url;
  } catch {
    // Falls through to the same sentence, without the address, which may contain a password.
  }
  throw new UsageError('NATS_URL must be one or more addresses such as nats://host:4222 or tls://host:4222');
}

/** Unchanged if it is not valid percent-encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tlsOf(env: Environment): Record<string, string> | null {
  const files = { caFile: env['NATS_CA'], certFile: env['NATS_CERT'], keyFile: env['NATS_KEY'] };
  const given = Object.entries(files).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? null : Object.fromEntries(given);
}

async function authenticatorOf(file: string | undefined): Promise<{ authenticator?: unknown }> {
  if (!file) return {};
  const credentials = await readFile(file);
  try {
    const { credsAuthenticator } = await import('@nats-io/transport-node');
    return { authenticator: credsAuthenticator(credentials) };
  } catch (cause) {
    throw new MissingPeer('@nats-io/transport-node', 'it is needed to publish to NATS', cause);
  }
}
