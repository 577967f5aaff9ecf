import { decoded, parseUrl } from '../lib/parse-url.js';

/** The proxy through which requests to receivers leave. */
export interface OutboundProxy {
  host: string;
  port: number;
  /** Whether it is reached over TLS. */
  secure: boolean;
  /** Value of `Proxy-Authorization`; null: none. */
  authorization: string | null;
}

/** null: there is no proxy. Adds to `problems`, without the address, which may contain a password. */
export function outboundProxy(raw: string | null, problems: string[]): OutboundProxy | null {
  if (raw === null) return null;
  const url = parseUrl(raw);
  const secure = url?.protocol === 'https:';
  if (!url || !(secure || url.protocol === 'http:') || url.pathname !== '/' || url.search || url.hash) {
    problems.push('OUTBOUND_PROXY must be an address such as http://user:password@proxy.internal:3128');
    return null;
  }
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 443 : 80),
    secure,
    authorization: credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}
