import { bareHost, checkUrl, type AddressRules, type UrlProblem } from './address-guard.js';
import { OutboundFailure } from './failure.js';
import type { Destination } from './guarded-connector.js';

/** The test inbox: requests to `prefix` (`PUBLIC_URL/inbox/`) and a token go to our own plain-HTTP listener. */
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

/** 32 random bytes in base64url and nothing else, so that no path leads out of the inbox. */
const INBOX_TOKEN = /^[\w-]{43}$/;

/** Checks and parses a URL: the test inbox at `selfOrigin`, or an outside address that the rules allow. */
export function targetOf(url: string, rules: AddressRules, selfOrigin: SelfOrigin | null): Target {
  return (selfOrigin && inboxTarget(url, selfOrigin)) ?? outsideTarget(url, rules);
}

function inboxTarget(raw: string, { prefix, host, port }: SelfOrigin): Target | null {
  const token = raw.startsWith(prefix) ? raw.slice(prefix.length) : '';
  if (!INBOX_TOKEN.test(token)) return null;
  const destination = { host: ANY_ADDRESS[host] ?? host, port, secure: false, own: true };
  const origin = originOf(destination);
  const hostHeader = new URL(prefix).host;
  return { kind: 'open', poolKey: `own ${origin}`, origin, path: `/inbox/${token}`, destination, hostHeader };
}

function outsideTarget(raw: string, rules: AddressRules): Target {
  const check = checkUrl(raw, rules);
  if (!check.ok) return { kind: 'refused', failure: new OutboundFailure('blocked_address', DETAILS[check.problem]) };
  const { url } = check;
  const secure = url.protocol === 'https:';
  const destination = { host: bareHost(url), port: Number(url.port) || (secure ? 443 : 80), secure, own: false };
  const origin = originOf(destination);
  return { kind: 'open', poolKey: origin, origin, path: url.pathname + url.search, destination, hostHeader: null };
}

function originOf({ host, port, secure }: Destination): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
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
