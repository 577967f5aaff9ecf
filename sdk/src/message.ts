import type { EventData, EventType } from './catalogue.js';
import { VerificationError } from './verification-error.js';

/*
 * What `verify` and its browser version share: everything but the HMAC. Uses only what every runtime has, so no Buffer
 * and no node:crypto.
 */

/** The body of a message. */
export type MessageBody = {
  [T in EventType | 'webhook.test']: {
    event: T;
    /** When it happened, RFC 3339 in UTC. */
    timestamp: string;
    data: T extends EventType ? EventData[T] : Record<string, unknown>;
  };
}[EventType | 'webhook.test'];

/** The message together with what its headers say. */
export type WebhookMessage = MessageBody & {
  /** The same on every retry and resend: ignore an id that you have handled. */
  id: string;
  /** A test message: nothing happened in BPOC. */
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

type Bytes = Uint8Array<ArrayBuffer>;

/** The parsed parts of a request. */
export interface SignedRequest {
  keys: Bytes[];
  body: Bytes;
  id: string;
  timestamp: string;
  /** Decoded, only those of version `v1`. */
  signatures: Bytes[];
}

/** BPOC sends two during a rotation. Bounded, because the sender chooses the number. */
const MAX_SIGNATURES = 5;

/** Throws VerificationError for what can be refused without checking a signature. */
export function readRequest({ secret, body, headers }: VerifyInput): SignedRequest {
  const keys = secretsOf(secret).map(decodeSecret);
  const bytes = rawBytes(body);
  const id = required(headers, 'webhook-id');
  const timestamp = required(headers, 'webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) throw new VerificationError('bad_header', 'webhook-timestamp is not a number');
  const signatures = required(headers, 'webhook-signature').split(' ', MAX_SIGNATURES);
  const versions = signatures.filter((one) => one.startsWith('v1,')).map((one) => fromBase64(one.slice(3)));
  return { keys, body: bytes, id, timestamp, signatures: versions.filter((one) => one !== null) };
}

/** The signed bytes of a request with this body. */
export function signedBytes({ id, timestamp }: SignedRequest, body: Bytes): Bytes {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return all;
}

/** The message of a request whose signature matches. Throws VerificationError if it is too old or not a message. */
export function acceptedMessage(request: SignedRequest, input: VerifyInput): WebhookMessage {
  checkAge(Number(request.timestamp), input);
  const test = header(input.headers, 'x-webhook-test') === 'true';
  return { ...parseMessage(request.body), id: request.id, test };
}

export function required(headers: HeaderSource, name: string): string {
  const value = header(headers, name);
  if (value === null) throw new VerificationError('missing_header', `${name} is missing`);
  return value;
}

/** Drops empty ones: anyone can sign with an empty secret. */
export function secretsOf(secret: VerifyInput['secret'] | undefined): string[] {
  const secrets = [secret].flat().filter((one) => one !== undefined && one !== '');
  if (secrets.length === 0) throw new VerificationError('bad_secret', 'the secret is empty or undefined');
  return secrets as string[];
}

/** Written so that a tolerance of NaN (a missing setting) refuses everything rather than nothing. */
function checkAge(seconds: number, { toleranceSeconds = 300, now = Date.now() }: VerifyInput): void {
  const age = Math.round(now / 1000 - seconds);
  if (Math.abs(age) <= toleranceSeconds) return;
  throw age > 0
    ? new VerificationError('too_old', `it was signed ${age} s ago: a replay, or a wrong clock`)
    : new VerificationError('too_new', `it was signed ${-age} s in the future: a clock is wrong`);
}

/** The error when no signature matches the body; `isRewritten`: one matches `compactJson` of it. */
export function mismatch(isRewritten: boolean): VerificationError {
  return isRewritten
    ? new VerificationError(
        'body_rewritten',
        'the body was parsed and written again before the check: use the raw body',
      )
    : new VerificationError(
        'signature_mismatch',
        'the signature does not fit: another secret, or the body was changed',
      );
}

/** BPOC sends JSON without spaces: if the signature matches that form, the body was parsed and serialised again. */
export function compactJson(body: Bytes): Bytes | null {
  try {
    return new TextEncoder().encode(JSON.stringify(JSON.parse(textOf(body))));
  } catch {
    return null;
  }
}

function decodeSecret(secret: string): Bytes {
  const encoded = secret.startsWith('whsec_') ? secret.slice(6) : secret;
  const key = encoded === '' ? null : fromBase64(encoded);
  if (key) return key;
  throw new VerificationError('bad_secret', 'the secret must be whsec_ and base64, as shown by BPOC');
}

function fromBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

export function rawBytes(body: unknown): Bytes {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  // According to its type alone, its memory could be shared between threads.
  if (body instanceof Uint8Array) return body as Bytes;
  throw new VerificationError('body_not_raw', 'pass the raw body, a string or Buffer: this one was already parsed');
}

function header(headers: HeaderSource, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && value !== undefined) return Array.isArray(value) ? value.join(' ') : value;
  }
  return null;
}

export function parseMessage(body: Bytes): MessageBody {
  try {
    const message: unknown = JSON.parse(textOf(body));
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
  throw new VerificationError('bad_body', 'the body is not a BPOC message');
}

/** Keeps a byte order mark, so that JSON.parse refuses it. */
const textOf = (body: Bytes): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
