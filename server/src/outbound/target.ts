import { bareHost, checkUrl, type AddressRules, type UrlProblem } from './address-guard.js';
import { OutboundFailure } from './failure.js';
import type { Destination } from './guarded-connector.js';

/** The test inbox: requests to `prefix` (`PUBLIC_URL/inbox/`) plus a token go to our own plain-HTTP listener. */
export interface SelfOrigin {
  prefix: string;
  host: string;
  port: number;
}

/** A checked and parsed URL. */
export type Target =
  | { kind: 'refused'; failure: OutboundFailure }
  | {
      kind: 'open';
      poolKey: string;
      origin: string;
      path: string;
      destination: Destination;
      /** Overrides the host name of the connection. */
      hostHeader: string | null;
    };

/** 32 random bytes in base64url, and nothing else: no path can lead out of the inbox. */
const INBOX_TOKEN = /^[\w-]{43}$/;

/** Checks and parses a URL: the test inbox at `selfOrigin`, or an address outside that the rules allow. */
export function targetOf(url: string, rules: AddressRules, selfOrigin: SelfOrigin | null): Target {
  return (selfOrigin && inboxTarget(url, selfOrigin)) ?? outsideTarget(url, rules);
}

function inboxTarget(raw: string, { prefix, host, port }: SelfOrigin): Target | null {
  const token = raw.startsWith(prefix) ? raw.slice(prefix.length) : '';
  if (!INBOX_TOKEN.test(token)) return null;
  const connectTo = ANY_ADDRESS[host] ?? host;
  const origin = `http://${connectTo.includes(':') ? `[${connectTo}]` : connectTo}:${port}`;
  const destination = { host: connectTo, port, secure: false, own: true };
  return {
    kind: 'open',
    poolKey: `own ${origin}`,
    origin,
    path: `/inbox/${token}`,
    destination,
    hostHeader: new URL(prefix).host,
  };
}

function outsideTarget(raw: string, rules: AddressRules): Target {
  const check = checkUrl(raw, rules);
  if (!check.ok) return { kind: 'refused', failure: new OutboundFailure('blocked_address', DETAILS[check.problem]) };
  const { url } = check;
  const host = bareHost(url);
  const secure = url.protocol === 'https:';
  const port = Number(url.port) || (secure ? 443 : 80);
  const origin = `${url.protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`;
  const destination = { host, port, secure, own: false };
  return { kind: 'open', poolKey: origin, origin, path: url.pathname + url.search, destination, hostHeader: null };
}

/** A listener bound to all interfaces is reached at the loopback address. */
const ANY_ADDRESS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

const PRIVATE = 'This address points into a private network.';
const MALFORMED = 'This is not an address requests can be sent to.';
const DETAILS: Record<UrlProblem, string> = {
  not_a_url: MALFORMED,
  suspicious_text: MALFORMED,
  too_long: MALFORMED,
  userinfo: MALFORMED,
  fragment: MALFORMED,
  not_https: 'Only https addresses are allowed.',
  port: 'This port is not allowed.',
  ip_literal: 'The address must be a name, not a number.',
  metadata: PRIVATE,
  private_address: PRIVATE,
  private_name: PRIVATE,
  single_label: PRIVATE,
};
