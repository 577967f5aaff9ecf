import { timingSafeEqual } from 'node:crypto';
import { keysAt, simpleSignature, standardSignature, type SigningConfig } from '../engine/send/message-headers.js';
import type { SignatureVerdict } from './inbox-message.entity.js';

/* Verifies a signature as a receiver would, against the secrets of several webhooks. */

interface ReceivedMessage {
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}

export interface Candidate {
  webhookId: string;
  config: SigningConfig;
}

export interface Verification {
  verdict: SignatureVerdict;
  /** Whose secret signed it. */
  webhookId: string | null;
}

/** We send two during an overlap. Bounded, because the sender chooses the number. */
const MAX_SIGNATURES = 5;

/**
 * `unknown`: no signature, or no webhook to compare with. Each header present must be valid; for `webhook-signature`
 * one valid signature is enough (Standard Webhooks), and more than five are invalid.
 */
export function verifySignature(
  message: ReceivedMessage,
  candidates: readonly Candidate[],
  nowMs: number,
): Verification {
  const { headers } = message;
  const signed = headers['webhook-signature'] !== undefined || headers['x-webhook-signature'] !== undefined;
  if (!signed || candidates.length === 0) return { verdict: 'unknown', webhookId: null };
  const signer = candidates.find(({ config }) => isSignedBy(message, config, nowMs));
  return signer ? { verdict: 'valid', webhookId: signer.webhookId } : { verdict: 'invalid', webhookId: null };
}

function isSignedBy({ headers, body }: ReceivedMessage, config: Candidate['config'], nowMs: number): boolean {
  const keys = keysAt(config, nowMs);
  const { 'webhook-signature': standard, 'x-webhook-signature': simple } = headers;
  const message = { id: headers['webhook-id'] ?? '', timestamp: Number(headers['webhook-timestamp']), body };
  return (
    (standard === undefined || keys.some((key) => isAmong(standard, standardSignature(key, message)))) &&
    (simple === undefined || keys.some((key) => isEqual(simple, simpleSignature(key, body))))
  );
}

function isAmong(standard: string, expected: string): boolean {
  const given = standard.split(' ', MAX_SIGNATURES + 1);
  return given.length <= MAX_SIGNATURES && given.some((signature) => isEqual(signature, expected));
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
