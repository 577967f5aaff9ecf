// Checks that a webhook really comes from BPOC. Node 18 or newer, nothing to install.
// `rawBody` is the body exactly as it arrived (a Buffer or string): read it before any JSON parser does.
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

/** Checks the three `webhook-*` headers (Standard Webhooks). Returns the message, or throws an Error. */
export function verifyWebhook(rawBody, headers, secret) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures) throw new Error('a webhook-* header is missing');

  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest();
  // During a rotation there are two signatures; one match is enough.
  const fits = signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!fits) throw new Error('the signature does not fit: wrong secret, or the body was changed');

  const ageSeconds = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(ageSeconds <= TOLERANCE_SECONDS)) throw new Error('too old, or a clock is wrong');
  return JSON.parse(rawBody.toString());
}

/** Only if no other header can be read: checks `X-Webhook-Signature` alone, so a replayed request passes. */
export function verifySignatureHeader(rawBody, signature, secret) {
  const expected = Buffer.from('sha256=' + createHmac('sha256', secret).update(rawBody).digest('hex'));
  const given = Buffer.from(signature ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
