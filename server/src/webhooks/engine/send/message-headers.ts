import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { simpleSignature, standardSignature } from './signing.js';
import type { WebhookConfig } from '../webhook-configs.js';

/*
 * Headers of an attempt: as they are sent, and as the log describes them from what an attempt keeps. Pure: the time is
 * passed in.
 */

/** Release of this server. */
export const RELEASE = '0.1.0';
const userAgent = (release: string) => `BPOC-Webhooks/${release}`;
export const USER_AGENT = userAgent(RELEASE);

type Described = Pick<ClaimedDelivery, 'deliveryId' | 'eventId' | 'eventType' | 'test'>;

/** What an attempt keeps of its request. */
export interface SignedRequest {
  /** Unix seconds: `webhook-timestamp`. */
  signedAt: number;
  /** In `webhook-signature`: two while a secret is being replaced, none for tools. */
  signatures: number;
}

export interface MessageHeaders extends SignedRequest {
  sent: Record<string, string>;
}

export function messageHeaders(delivery: ClaimedDelivery, config: WebhookConfig, nowMs: number): MessageHeaders {
  const signedAt = Math.floor(nowMs / 1000);
  const message = { id: delivery.eventId, timestamp: signedAt, body: delivery.body };
  const previous = config.previous && nowMs < config.previous.untilMs ? config.previous : null;
  // Both secrets sign during an overlap; the header that holds only one signature uses the old secret until it is
  // switched.
  const standard = [config.current, ...(previous ? [previous] : [])].map((keys) => standardSignature(keys, message));
  const simple = simpleSignature(previous && !previous.switched ? previous : config.current, delivery.body);
  return {
    sent: {
      ...config.headers,
      ...plainHeaders(delivery, { n: delivery.attempt, signedAt, release: RELEASE }, config.headerNames),
      'x-webhook-signature': simple,
      'webhook-signature': standard.join(' '),
    },
    signedAt,
    signatures: standard.length,
  };
}

/** Tools know no signatures. */
export function toolHeaders(nowMs: number): MessageHeaders {
  return { sent: plainToolHeaders(RELEASE), signedAt: Math.floor(nowMs / 1000), signatures: 0 };
}

function plainToolHeaders(release: string): Record<string, string> {
  return { 'content-type': 'application/json; charset=utf-8', 'user-agent': userAgent(release) };
}

/** An attempt as it is kept, of all_attempts. */
export interface KeptAttempt {
  n: number;
  release: string;
  signed_at: number;
  signatures: number;
}

/**
 * The headers of a request that was made, from what was kept of it: `…` instead of the values of custom headers and the
 * digits of signatures. `headerNames` are those of the configuration version.
 */
export function describedHeaders(
  delivery: Described,
  { n, release, signed_at: signedAt, signatures }: KeptAttempt,
  headerNames: readonly string[],
): Record<string, string> {
  if (signatures === 0) return plainToolHeaders(release);
  return {
    ...Object.fromEntries(headerNames.map((name) => [name, '…'])),
    ...plainHeaders(delivery, { n, signedAt, release }, headerNames),
    'x-webhook-signature': 'sha256=…',
    'webhook-signature': Array.from({ length: signatures }, () => 'v1,…').join(' '),
  };
}

function plainHeaders(
  { eventType, deliveryId, eventId, test }: Described,
  { n, signedAt, release }: { n: number; signedAt: number; release: string },
  headerNames: readonly string[],
): Record<string, string> {
  return {
    // Some firewalls refuse requests without it (RFC 9110 §12.5.1); the custom headers may override it.
    ...(headerNames.some((name) => name.toLowerCase() === 'accept') ? {} : { accept: '*/*' }),
    'content-type': 'application/json',
    'user-agent': userAgent(release),
    'x-webhook-event': eventType,
    'x-webhook-delivery': deliveryId,
    'x-webhook-attempt': String(n),
    'webhook-id': eventId,
    'webhook-timestamp': String(signedAt),
    ...(test ? { 'x-webhook-test': 'true' } : {}),
  };
}

/** `…` and the last 4 characters; only `…` for a short value, of which 4 characters would reveal too much. */
export function masked(value: string): string {
  return value.length >= 12 ? `…${value.slice(-4)}` : '…';
}
