import {
  acceptedMessage,
  compactJson,
  mismatch,
  readRequest,
  signedBytes,
  type SignedRequest,
  type VerifyInput,
  type WebhookMessage,
} from './message.js';

export type { HeaderSource, MessageBody, VerifyInput, WebhookMessage } from './message.js';
export { VerificationError, type VerificationCode } from './verification-error.js';

/**
 * `verify` for browsers, edge runtimes and Deno: the same checks with WebCrypto, so it returns a promise. Rejects with
 * VerificationError.
 */
export async function verify(input: VerifyInput): Promise<WebhookMessage> {
  const request = readRequest(input);
  if (!(await fits(request, request.body))) {
    const compact = compactJson(request.body);
    throw mismatch(compact !== null && (await fits(request, compact)));
  }
  return acceptedMessage(request, input);
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** WebCrypto compares in constant time. */
async function fits(request: SignedRequest, body: SignedRequest['body']): Promise<boolean> {
  const signed = signedBytes(request, body);
  const keys = request.keys.map((key) => crypto.subtle.importKey('raw', key, HMAC, false, ['verify']));
  for (const key of await Promise.all(keys)) {
    for (const signature of request.signatures) {
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
    }
  }
  return false;
}
