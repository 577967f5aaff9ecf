import { BlockList, isIP } from 'node:net';
import {
  EMBEDDING_IPV6,
  GLOBAL_IPV6,
  METADATA_ADDRESSES,
  METADATA_NAMES,
  PRIVATE_SUFFIXES,
  REFUSED_IPV4,
  REFUSED_IPV6,
  REFUSED_PORTS,
} from './special-ranges.js';
import { parseUrl } from '../lib/parse-url.js';

/*
 * Which addresses may receive requests (SSRF protection): public ones, and the exceptions of ALLOWED_PRIVATE_CIDRS.
 * `checkUrl` judges a URL as typed; `checkIp` judges each address before and after a connection is made.
 */

/** Compiled once at boot; opaque to callers. */
export interface AddressRules {
  readonly allowed: BlockList;
  /** The allowed entries that are single addresses: only these can allow a metadata address. */
  readonly allowedSingly: BlockList;
  readonly own: BlockList;
}

/** Why a URL cannot be saved. Each has a sentence in the app. */
export type UrlProblem =
  | 'not_a_url'
  | 'suspicious_text'
  | 'too_long'
  | 'userinfo'
  | 'fragment'
  | 'metadata'
  | 'private_address'
  | 'ip_literal'
  | 'private_name'
  | 'single_label'
  | 'not_https'
  | 'port';

type UrlCheck = { ok: true; url: URL } | { ok: false; problem: UrlProblem };

type Family = 'ipv4' | 'ipv6';

const MAX_URL_LENGTH = 2_048;
const LOCALHOST_ADDRESSES = ['127.0.0.1', '::1'];

/** Control, space, zero-width and other invisible characters, and the backslash, which browsers read as a slash. */
const SUSPICIOUS_TEXT = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\\]/u;
const SCHEME_AND_AUTHORITY = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)/i;
const LABEL = /^(?!-)[a-z\d_-]{1,63}(?<!-)$/;

const refusedV4 = blockListOf(REFUSED_IPV4);
const globalV6 = blockListOf([GLOBAL_IPV6]);
const refusedV6 = blockListOf(REFUSED_IPV6);
const embeddingV6 = blockListOf(EMBEDDING_IPV6);
const metadata = blockListOf(METADATA_ADDRESSES);

/**
 * @param allowedCidrs the operator's exceptions: `10.1.0.0/16`, `::1/128` or a single address
 * @param ownAddresses this machine's and the proxy's, refused unless an allowed range contains them
 * @throws Error naming the invalid entry
 */
export function compileAddressRules(
  allowedCidrs: readonly string[],
  ownAddresses: readonly string[] = [],
): AddressRules {
  return {
    allowed: blockListOf(allowedCidrs),
    allowedSingly: blockListOf(allowedCidrs.filter((entry) => isSingle(parseRange(entry)))),
    own: blockListOf(ownAddresses),
  };
}

/** Whether this IP address may be connected to: it is public or in an allowed range. Anything else is refused. */
export function checkIp(ip: string, rules: AddressRules): boolean {
  const family = familyOf(ip);
  if (family === null) return false;
  return isAllowed(ip, family, rules) || (isPublic(ip, family) && !rules.own.check(ip, family));
}

/** The addresses of `localhost`, without DNS; empty unless loopback is allowed. */
export function localhostAddresses(rules: AddressRules): string[] {
  return LOCALHOST_ADDRESSES.filter((ip) => checkIp(ip, rules));
}

/**
 * Checks a webhook URL as typed, without DNS, to give the user a reason immediately. What its name resolves to is
 * checked at every connection.
 */
export function checkUrl(raw: string, rules: AddressRules): UrlCheck {
  const problem = textProblem(raw);
  if (problem) return { ok: false, problem };
  const url = parseUrl(raw);
  if (!url) return { ok: false, problem: 'not_a_url' };
  const broken = hostProblem(url, rules);
  return broken ? { ok: false, problem: broken } : { ok: true, url };
}

/** The host as DNS and certificates spell it: no brackets around IPv6, no trailing dot. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** The WHATWG parser repairs malformed text ("https:example.org", "https:\\x", tabs): refused before parsing. */
function textProblem(raw: string): UrlProblem | null {
  if (raw.length > MAX_URL_LENGTH) return 'too_long';
  if (SUSPICIOUS_TEXT.test(raw)) return 'suspicious_text';
  const [, scheme, authority] = SCHEME_AND_AUTHORITY.exec(raw) ?? [];
  if (!scheme || !authority) return 'not_a_url';
  if (!/^https?$/i.test(scheme)) return 'not_https';
  if (authority.includes('@')) return 'userinfo';
  if (authority.includes('%')) return 'suspicious_text';
  return raw.includes('#') ? 'fragment' : null;
}

function hostProblem(url: URL, rules: AddressRules): UrlProblem | null {
  const host = bareHost(url);
  const family = familyOf(host);
  const allowed = family
    ? isAllowed(host, family, rules)
    : host === 'localhost' && localhostAddresses(rules).length > 0;
  if (allowed) return url.port === '0' ? 'port' : null;
  const problem = family ? literalProblem(host, family) : nameProblem(host);
  if (problem) return problem;
  if (url.protocol !== 'https:') return 'not_https';
  return isRefusedPort(url.port) ? 'port' : null;
}

function literalProblem(ip: string, family: Family): UrlProblem {
  if (metadata.check(ip, family)) return 'metadata';
  return isPublic(ip, family) ? 'ip_literal' : 'private_address';
}

function nameProblem(host: string): UrlProblem | null {
  const labels = host.split('.');
  if (METADATA_NAMES.has(host)) return 'metadata';
  if (PRIVATE_SUFFIXES.has(labels.at(-1) ?? '')) return 'private_name';
  if (host.length > 253 || !labels.every((label) => LABEL.test(label))) return 'not_a_url';
  return labels.length === 1 ? 'single_label' : null;
}

function isRefusedPort(port: string): boolean {
  if (port === '') return false;
  const number = Number(port);
  return number < 1024 || REFUSED_PORTS.has(number);
}

function isAllowed(ip: string, family: Family, rules: AddressRules): boolean {
  if (family === 'ipv6' && embedsIpv4(ip)) return false;
  return (metadata.check(ip, family) ? rules.allowedSingly : rules.allowed).check(ip, family);
}

function isPublic(ip: string, family: Family): boolean {
  if (metadata.check(ip, family)) return false;
  if (family === 'ipv4') return !refusedV4.check(ip, family);
  return globalV6.check(ip, family) && !refusedV6.check(ip, family) && !embedsIpv4(ip);
}

/** `::1` is in the IPv4-compatible range but is plain loopback. */
function embedsIpv4(ip: string): boolean {
  const groups = ipv6Groups(ip);
  if (groups.every((group, index) => group === (index === 7 ? 1 : 0))) return false;
  // ISATAP has no prefix: it is recognised by the first half of the interface id, with or without the "universal" bit.
  const isatap = (groups[4] === 0 || groups[4] === 0x0200) && groups[5] === 0x5efe;
  return isatap || embeddingV6.check(ip, 'ipv6');
}

/** The eight 16-bit groups of a valid IPv6 address. */
function ipv6Groups(ip: string): number[] {
  const hex = ip.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = hex.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

/** Null for anything but a plain address: `isIP` accepts `fe80::1%eth0`, and a zone may name any interface. */
function familyOf(ip: string): Family | null {
  const version = ip.includes('%') ? 0 : isIP(ip);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}

interface Range {
  address: string;
  bits: number;
  family: Family;
}

function parseRange(entry: string): Range {
  const [address = '', bits, ...rest] = entry.trim().split('/');
  const family = familyOf(address);
  const longest = family === 'ipv4' ? 32 : 128;
  const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (family === null || rest.length > 0 || !(length <= longest)) {
    throw new Error(`"${entry}" is neither an address range such as 10.1.0.0/16 nor a single address`);
  }
  return { address, bits: length, family };
}

function isSingle(range: Range): boolean {
  return range.bits === (range.family === 'ipv4' ? 32 : 128);
}

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of entries.map(parseRange)) list.addSubnet(address, bits, family);
  return list;
}
