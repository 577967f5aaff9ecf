import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { DestinationKind } from '../../destinations/kinds.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';

/*
 * The headers of a message, both signature schemes included: as they are sent, and as the log describes them from what
 * an attempt keeps. Pure: the time is passed in.
 */

/** The release of this server. */
export const RELEASE = '0.1.0';
const userAgentOf = (release: string) => `BPOC-Webhooks/${release}`;
export const USER_AGENT = userAgentOf(RELEASE);

type Described = Pick<ClaimedDelivery, 'deliveryId' | 'eventId' | 'eventType' | 'test' | 'traceparent'>;

/** What an attempt keeps of its request. */
export interface SignedRequest {
  /** Unix seconds: `webhook-timestamp`. */
  signedAt: number;
  /** Number of signatures in `webhook-signature`: two while a secret is being replaced, none for tools. */
  signatures: number;
}

export interface MessageHeaders extends SignedRequest {
  sent: Record<string, string>;
}

/** The two keys derived from one secret. */
export interface SigningKeys {
  /** The whole secret string as UTF-8: `x-webhook-signature`, as the documented samples use it. */
  whole: KeyObject;
  /** The base64 after `whsec_`, decoded: Standard Webhooks (https://www.standardwebhooks.com). */
  decoded: KeyObject;
}

export interface SigningConfig {
  current: SigningKeys;
  /**
   * The previous secret during an overlap, until when (Unix ms), and whether `x-webhook-signature` uses the new one
   * already.
   */
  previous: (SigningKeys & { untilMs: number; switched: boolean }) | null;
}

/** What the configuration of a webhook adds to the headers of its messages. */
export interface HeadersConfig extends SigningConfig {
  headers: Record<string, string>;
  headerNames: readonly string[];
  /** Requests carry the trace of their event. */
  traceparent?: boolean;
}

export function signingKeys(secret: string): SigningKeys {
  return {
    whole: createSecretKey(Buffer.from(secret)),
    decoded: createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')),
  };
}

/** The keys to sign with: those of both secrets during an overlap, the current one first. */
export function keysAt({ current, previous }: SigningConfig, nowMs: number): SigningKeys[] {
  return previous && nowMs < previous.untilMs ? [current, previous] : [current];
}

/** `sha256=<hex HMAC-SHA256(secret, body)>` */
export function simpleSignature(keys: SigningKeys, body: string): string {
  return `sha256=${createHmac('sha256', keys.whole).update(body).digest('hex')}`;
}

interface StandardMessage {
  /** `webhook-id` */
  id: string;
  /** `webhook-timestamp`, Unix seconds. */
  timestamp: number;
  body: string;
}

/** `v1,<base64 HMAC-SHA256(decoded secret, "<id>.<timestamp>.<body>")>` */
export function standardSignature(keys: SigningKeys, { id, timestamp, body }: StandardMessage): string {
  return `v1,${createHmac('sha256', keys.decoded).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

export function messageHeaders(delivery: ClaimedDelivery, config: HeadersConfig, nowMs: number): MessageHeaders {
  const signedAt = Math.floor(nowMs / 1000);
  const message = { id: delivery.eventId, timestamp: signedAt, body: delivery.body };
  const keys = keysAt(config, nowMs);
  const standard = keys.map((key) => standardSignature(key, message));
  // This header holds one signature: that of the old secret, until the new one is switched to.
  const simple = simpleSignature(config.previous?.switched ? config.current : keys.at(-1)!, delivery.body);
  const sent = { ...config.headers };
  addPlainHeaders(sent, delivery, { n: delivery.attempt, signedAt, userAgent: USER_AGENT }, config.headerNames);
  if (config.traceparent && delivery.traceparent) addTrace(sent, delivery.traceparent, config.headerNames);
  sent['x-webhook-signature'] = simple;
  sent['webhook-signature'] = standard.join(' ');
  return { sent, signedAt, signatures: standard.length };
}

/** Requests to tools are not signed. */
export function toolHeaders(nowMs: number): MessageHeaders {
  return { sent: plainToolHeaders(USER_AGENT), signedAt: Math.floor(nowMs / 1000), signatures: 0 };
}

function plainToolHeaders(userAgent: string): Record<string, string> {
  return { 'content-type': 'application/json; charset=utf-8', 'user-agent': userAgent };
}

/** The headers of mails, which differ between recipients: `…` is the part of the recipient. */
function mailHeaders({ deliveryId }: Described, sentAt: number): Record<string, string> {
  return {
    date: new Date(sentAt * 1000).toUTCString().replace('GMT', '+0000'),
    'message-id': `<${deliveryId}.…@bpoc-webhooks>`,
    'auto-submitted': 'auto-generated',
    'list-unsubscribe': '<…>',
    'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
  };
}

/** An attempt as it is stored. */
export interface KeptAttempt {
  n: number;
  release: string;
  signed_at: number;
  signatures: number;
  /** The kind of the webhook; null: this version is not stored any more. */
  kind: DestinationKind | null;
}

/**
 * The headers of a request that was made, from what is stored of it: `…` replaces the values of custom headers and the
 * digits of signatures. `headerNames` are those of the configuration version; a trace is passed if that sent it.
 */
export function describedHeaders(
  delivery: Described,
  { n, release, signed_at: signedAt, signatures, kind }: KeptAttempt,
  headerNames: readonly string[],
): Record<string, string> {
  if (kind === 'email') return mailHeaders(delivery, signedAt);
  if (signatures === 0) return plainToolHeaders(userAgentOf(release));
  const headers: Record<string, string> = Object.fromEntries(headerNames.map((name) => [name, '…']));
  addPlainHeaders(headers, delivery, { n, signedAt, userAgent: userAgentOf(release) }, headerNames);
  if (delivery.traceparent) addTrace(headers, delivery.traceparent, headerNames);
  headers['x-webhook-signature'] = 'sha256=…';
  headers['webhook-signature'] = Array.from({ length: signatures }, () => 'v1,…').join(' ');
  return headers;
}

/** Unchanged, because this server reports no spans that could be parents of the receiver's. */
function addTrace(headers: Record<string, string>, traceparent: string, headerNames: readonly string[]): void {
  if (!headerNames.some((name) => name.toLowerCase() === 'traceparent')) headers['traceparent'] = traceparent;
}

/** Sets them one by one: with spread objects this took a tenth of the CPU time of a delivery. */
function addPlainHeaders(
  headers: Record<string, string>,
  { eventType, deliveryId, eventId, test }: Described,
  { n, signedAt, userAgent }: { n: number; signedAt: number; userAgent: string },
  headerNames: readonly string[],
): void {
  // Some firewalls refuse requests without it (RFC 9110 §12.5.1). Custom headers may override it.
  if (!headerNames.some((name) => name.toLowerCase() === 'accept')) headers['accept'] = '*/*';
  headers['content-type'] = 'application/json';
  headers['user-agent'] = userAgent;
  headers['x-webhook-event'] = eventType;
  headers['x-webhook-delivery'] = deliveryId;
  headers['x-webhook-attempt'] = String(n);
  headers['webhook-id'] = eventId;
  headers['webhook-timestamp'] = String(signedAt);
  if (test) headers['x-webhook-test'] = 'true';
}

/** `…` and the last 4 characters; only `…` for a short value, of which 4 characters would reveal too much. */
export function masked(value: string): string {
  return value.length >= 12 ? `…${value.slice(-4)}` : '…';
}
