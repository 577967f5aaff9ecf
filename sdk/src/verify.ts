import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EventData, EventType } from './catalogue.js';
import { VerificationError } from './verification-error.js';

/** What arrived: the message, and the ids of the headers. */
export type WebhookMessage = {
  [T in EventType | 'webhook.test']: {
    event: T;
    /** When it happened, RFC 3339 in UTC. */
    timestamp: string;
    data: T extends EventType ? EventData[T] : Record<string, unknown>;
    /** The same on every retry and resend: ignore an id that you have handled. Null when the header is missing. */
    id: string | null;
    /** Sent by a person pressing "Send test": nothing happened in BPOC. */
    test: boolean;
  };
}[EventType | 'webhook.test'];

export type HeaderSource = Headers | Record<string, string | string[] | undefined>;

export interface VerifyInput {
  /** The body exactly as it arrived. */
  body: string | Uint8Array;
  headers: HeaderSource;
  /** The secret that BPOC showed when the webhook was made; several while you are changing it. */
  secret: string | readonly string[];
  /** How far `webhook-timestamp` may be from now. Default 300. */
  toleranceSeconds?: number;
  /** Milliseconds since 1970; for tests. */
  now?: number;
}

/**
 * Checks that a request comes from BPOC and gives its message; throws VerificationError. With the `webhook-*` headers (Standard
 * Webhooks) the id and the time are signed too; a request that has only `x-webhook-signature` is checked by that, which cannot
 * notice a replay. Comparisons take the same time whatever is wrong.
 */
export function verify(input: VerifyInput): WebhookMessage {
  const body = rawBytes(input.body);
  const secrets = (typeof input.secret === 'string' ? [input.secret] : input.secret).filter((secret) => secret !== '');
  if (secrets.length === 0) throw new VerificationError('bad_secret', 'the secret is empty');
  const id = header(input.headers, 'webhook-id');
  const signed = header(input.headers, 'webhook-signature');
  const simple = header(input.headers, 'x-webhook-signature');
  if (signed !== null) {
    const seconds = checkStandard({ id, signed, secrets, body, timestamp: header(input.headers, 'webhook-timestamp') });
    checkAge(seconds, input);
  } else if (simple !== null) {
    if (!fitsSimple(simple, secrets, body)) throw mismatch(body, (other) => fitsSimple(simple, secrets, other));
  } else {
    throw new VerificationError('missing_header', 'neither webhook-signature nor x-webhook-signature is there');
  }
  return { ...parseMessage(body), id, test: header(input.headers, 'x-webhook-test') === 'true' };
}

interface StandardCheck {
  id: string | null;
  timestamp: string | null;
  signed: string;
  secrets: readonly string[];
  body: Uint8Array;
}

/** Checks the Standard Webhooks signature; gives the signed unix seconds. */
function checkStandard({ id, timestamp, signed, secrets, body }: StandardCheck): number {
  if (id === null) throw new VerificationError('missing_header', 'webhook-id is missing');
  if (timestamp === null) throw new VerificationError('missing_header', 'webhook-timestamp is missing');
  if (!/^\d{1,12}$/.test(timestamp)) throw new VerificationError('bad_header', 'webhook-timestamp is not a number');
  const keys = secrets.map(decodeSecret);
  const fits = (bytes: Uint8Array): boolean =>
    keys.some((key) => {
      const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(bytes).digest();
      return signed
        .split(' ')
        .some((one) => one.startsWith('v1,') && same(Buffer.from(one.slice(3), 'base64'), expected));
    });
  if (!fits(body)) throw mismatch(body, fits);
  return Number(timestamp);
}

function fitsSimple(given: string, secrets: readonly string[], body: Uint8Array): boolean {
  return secrets.some((secret) =>
    same(Buffer.from(given), Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)),
  );
}

function checkAge(seconds: number, { toleranceSeconds = 300, now = Date.now() }: VerifyInput): void {
  const age = Math.round(now / 1000 - seconds);
  if (age > toleranceSeconds) {
    throw new VerificationError('too_old', `it was signed ${age} s ago: a replay, or a clock is wrong`);
  }
  if (-age > toleranceSeconds) {
    throw new VerificationError('too_new', `it was signed ${-age} s in the future: a clock is wrong`);
  }
}

/** BPOC writes JSON without spaces; when the signature fits that spelling, the body was parsed and rewritten, and we can say so. */
function mismatch(body: Uint8Array, fits: (bytes: Uint8Array) => boolean): VerificationError {
  const compact = compactJson(body);
  if (compact !== null && fits(compact)) {
    return new VerificationError(
      'body_rewritten',
      'the body was parsed and written again before the check: use the raw body',
    );
  }
  return new VerificationError(
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

function parseMessage(body: Uint8Array): Omit<WebhookMessage, 'id' | 'test'> & { event: never; data: never } {
  try {
    const message: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (
      typeof message === 'object' &&
      message !== null &&
      'event' in message &&
      'timestamp' in message &&
      'data' in message
    ) {
      return message as ReturnType<typeof parseMessage>;
    }
  } catch {
    // Not JSON: the same answer as for JSON of another shape.
  }
  throw new VerificationError('bad_body', 'the body is not a message of BPOC');
}
