import { decoded, parseUrl } from '../lib/parse-url.js';

/* Settings of the NATS servers from which events are consumed. Pure. */

export interface NatsSettings {
  /** `host:port` of one or more servers of one cluster. */
  servers: string[];
  /** From the first address; null: none. */
  user: { name: string; password: string } | null;
  /** A `.creds` file (JWT and seed); null: none. */
  credentialsFile: string | null;
  /** null: TLS only if the server requires it. Files are PEM. */
  tls: { caFile?: string; certFile?: string; keyFile?: string } | null;
  /** Copies of the stream, if it is created here. */
  replicas: number;
}

interface Raw {
  addresses: string[];
  credentialsFile: string | null;
  caFile: string | null;
  certFile: string | null;
  keyFile: string | null;
  replicas: number;
}

const PROTOCOLS = ['nats:', 'tls:'];

/** null: NATS is not used. Adds to `problems`, without the addresses, which may contain a password. */
export function natsSettings(raw: Raw, problems: string[]): NatsSettings | null {
  const { addresses, credentialsFile, caFile, certFile, keyFile, replicas } = raw;
  if (addresses.length === 0) return null;
  const urls = addresses.map(parseUrl);
  if (urls.some((url) => url === null || !PROTOCOLS.includes(url.protocol) || url.hostname === ''))
    problems.push('NATS_URL must be one or more addresses such as nats://host:4222 or tls://host:4222');
  if ((certFile === null) !== (keyFile === null)) problems.push('NATS_CERT and NATS_KEY must be set together');
  const known = urls.filter((url) => url !== null);
  const named = known.find(({ username }) => username !== '');
  const files = { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
  const isEncrypted = known.some(({ protocol }) => protocol === 'tls:') || Object.keys(files).length > 0;
  return {
    servers: known.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    user: named ? { name: decoded(named.username), password: decoded(named.password) } : null,
    credentialsFile,
    tls: isEncrypted ? files : null,
    replicas,
  };
}
