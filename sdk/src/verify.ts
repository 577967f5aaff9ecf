import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EventData, EventType } from './catalogue.js';
import { VerificationError } from './verification-error.js';

/** The body of a message. */
export type MessageBody = {
  [T in EventType | 'webhook.test']: {
    event: T;
    /** When it happened, RFC 3339 in UTC. */
    timestamp: string;
    data: T extends EventType ? EventData[T] : Record<string, unknown>;
  };
}[EventType | 'webhook.test'];

/** The message with what its headers add. */
export type WebhookMessage = MessageBody & {
  /** The same on every retry and resend: ignore an id that you have handled. */
  id: string;
  /** Sent by "Send test": nothing happened in BPOC. */
  test: boolean;
};

export type HeaderSource = Headers | Record<string, string | string[] | undefined>;

export interface VerifyInput {
  /** The body exactly as it arrived. */
  body: string | Uint8Array;
  headers: HeaderSource;
  /** The secret that BPOC showed when the webhook was created; several during a rotation. */
  secret: string | readonly string[];
  /** How far `webhook-timestamp` may be from now. Default 300. */
  toleranceSeconds?: number;
  /** Milliseconds since 1970; for tests. */
  now?: number;
}

/**
 * Checks that a request comes from BPOC and is recent, and returns its message. All three `webhook-*` headers (Standard
 * Webhooks) are required: they sign id, time and body. Throws VerificationError. Signatures are compared in constant
 * time.
 */
export function verify(input: VerifyInput): WebhookMessage {
  const keys = secretsOf(input.secret).map(decodeSecret);
  const body = rawBytes(input.body);
  const id = required(input.headers, 'webhook-id');
  const timestamp = required(input.headers, 'webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) throw new VerificationError('bad_header', 'webhook-timestamp is not a number');
  const signatures = required(input.headers, 'webhook-signature').split(' ', MAX_SIGNATURES);
  checkSignature(body, (bytes) =>
    keys.some((key) => {
      const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest();
      return signatures.some((one) => one.startsWith('v1,') && same(Buffer.from(one.slice(3), 'base64'), expected));
    }),
  );
  checkAge(Number(timestamp), input);
  return { ...parseMessage(body), id, test: header(input.headers, 'x-webhook-test') === 'true' };
}

/**
 * Checks `x-webhook-signature` alone, like the samples of the first integration guide. That header signs only the body:
 * a replayed request passes, and no id can be trusted to detect it, so none is returned. Prefer `verify`. Throws
 * VerificationError.
 */
export function verifyLegacy(input: Pick<VerifyInput, 'body' | 'headers' | 'secret'>): MessageBody {
  const secrets = secretsOf(input.secret);
  const body = rawBytes(input.body);
  const given = Buffer.from(required(input.headers, 'x-webhook-signature'));
  checkSignature(body, (bytes) =>
    secrets.some((secret) =>
      same(given, Buffer.from(`sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`)),
    ),
  );
  return parseMessage(body);
}

function required(headers: HeaderSource, name: string): string {
  const value = header(headers, name);
  if (value === null) throw new VerificationError('missing_header', `${name} is missing`);
  return value;
}

/** Drops empty ones: anyone can sign with an empty secret. */
function secretsOf(secret: VerifyInput['secret'] | undefined): string[] {
  const secrets = [secret].flat().filter((one) => one !== undefined && one !== '');
  if (secrets.length === 0) throw new VerificationError('bad_secret', 'the secret is empty or undefined');
  return secrets as string[];
}

/** BPOC sends two during a rotation. Bounded, because the sender chooses the number. */
const MAX_SIGNATURES = 5;

/** Written so that a tolerance of NaN (a missing setting) refuses everything instead of nothing. */
function checkAge(seconds: number, { toleranceSeconds = 300, now = Date.now() }: VerifyInput): void {
  const age = Math.round(now / 1000 - seconds);
  if (Math.abs(age) <= toleranceSeconds) return;
  throw age > 0
    ? new VerificationError('too_old', `it was signed ${age} s ago: a replay, or a clock is wrong`)
    : new VerificationError('too_new', `it was signed ${-age} s in the future: a clock is wrong`);
}

/** BPOC sends JSON without spaces: if the signature matches that form, the body was parsed and serialised again. */
function checkSignature(body: Uint8Array, fits: (bytes: Uint8Array) => boolean): void {
  if (fits(body)) return;
  const compact = compactJson(body);
  throw compact !== null && fits(compact)
    ? new VerificationError(
        'body_rewritten',
        'the body was parsed and written again before the check: use the raw body',
      )
    : new VerificationError(
        'signature_mismatch',
        'the signature does not fit: another secret, or the body was changed',
      );
}

function compactJson(body: Uint8Array): Buffer | null {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString('utf8'))));
  } catch {
    return null;
  }
}

function same(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function decodeSecret(secret: string): Buffer {
  const encoded = secret.startsWith('whsec_') ? secret.slice(6) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    throw new VerificationError('bad_secret', 'the secret must be whsec_ and base64, as BPOC showed it');
  }
  return Buffer.from(encoded, 'base64');
}

function rawBytes(body: unknown): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new VerificationError('body_not_raw', 'give the raw body, a string or Buffer: this one was parsed already');
}

function header(headers: HeaderSource, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && value !== undefined) return Array.isArray(value) ? value.join(' ') : value;
  }
  return null;
}

function parseMessage(body: Uint8Array): MessageBody {
  try {
    const message: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (
      typeof message === 'object' &&
      message !== null &&
      'event' in message &&
      'timestamp' in message &&
      'data' in message
    ) {
      return message as MessageBody;
    }
  } catch {
    // Not JSON: the same error as for JSON of another shape.
  }
  throw new VerificationError('bad_body', 'the body is not a message of BPOC');
}
