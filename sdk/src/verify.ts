import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  acceptedMessage,
  compactJson,
  mismatch,
  parseMessage,
  rawBytes,
  readRequest,
  required,
  secretsOf,
  signedBytes,
  type MessageBody,
  type VerifyInput,
  type WebhookMessage,
} from './message.js';

/**
 * Checks that a request comes from BPOC and is recent, and returns its message. All three `webhook-*` headers (Standard
 * Webhooks) are required: they sign id, time and body. Throws VerificationError. Signatures are compared in constant
 * time.
 */
export function verify(input: VerifyInput): WebhookMessage {
  const request = readRequest(input);
  checkSignature(request.body, (body) => {
    const signed = signedBytes(request, body);
    const expected = request.keys.map((key) => createHmac('sha256', key).update(signed).digest());
    return expected.some((one) => request.signatures.some((given) => same(given, one)));
  });
  return acceptedMessage(request, input);
}

/**
 * Checks only `x-webhook-signature`, like the samples of the original integration guide. That header signs only the
 * body: a replayed request passes, and no id can be trusted to detect it, so none is returned. Prefer `verify`. Throws
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

type Bytes = ReturnType<typeof rawBytes>;

function checkSignature(body: Bytes, fits: (bytes: Bytes) => boolean): void {
  if (fits(body)) return;
  const compact = compactJson(body);
  throw mismatch(compact !== null && fits(compact));
}

function same(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
