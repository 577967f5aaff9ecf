import { timingSafeEqual } from 'node:crypto';
import { simpleSignature, standardSignature } from '../engine/send/signing.js';
import type { WebhookConfig } from '../engine/webhook-configs.js';
import type { SignatureVerdict } from './inbox-message.entity.js';

/* Was a message signed with a secret of one of these webhooks? What a receiver would check, by the server that has the secrets. Pure. */

export interface ReceivedMessage {
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}

export interface Candidate {
  webhookId: string;
  config: Pick<WebhookConfig, 'current' | 'previous'>;
}

export interface Judgement {
  verdict: SignatureVerdict;
  /** Whose secret signed it. */
  webhookId: string | null;
}

/** We send two during an overlap. The number is the sender's choice, and must not multiply the work. */
const MAX_SIGNATURES = 5;

/**
 * `unknown`: there is nothing to compare, neither a signature nor a webhook. Both headers, where they are there, must
 * be right; one of the signatures of `webhook-signature` is enough (Standard Webhooks), and with more than five of them
 * none is looked at.
 */
export function judgeSignature(message: ReceivedMessage, candidates: readonly Candidate[], nowMs: number): Judgement {
  const { headers } = message;
  const signed = headers['webhook-signature'] !== undefined || headers['x-webhook-signature'] !== undefined;
  if (!signed || candidates.length === 0) return { verdict: 'unknown', webhookId: null };
  const signer = candidates.find(({ config }) => isSignedBy(message, config, nowMs));
  return signer ? { verdict: 'valid', webhookId: signer.webhookId } : { verdict: 'invalid', webhookId: null };
}

function isSignedBy({ headers, body }: ReceivedMessage, config: Candidate['config'], nowMs: number): boolean {
  const previous = config.previous && nowMs < config.previous.untilMs ? [config.previous] : [];
  const keys = [config.current, ...previous];
  const { 'webhook-signature': standard, 'x-webhook-signature': simple } = headers;
  const message = { id: headers['webhook-id'] ?? '', timestamp: Number(headers['webhook-timestamp']), body };
  return (
    (standard === undefined || keys.some((key) => isAmong(standard, standardSignature(key, message)))) &&
    (simple === undefined || keys.some((key) => isEqual(simple, simpleSignature(key, body))))
  );
}

function isAmong(standard: string, right: string): boolean {
  const given = standard.split(' ', MAX_SIGNATURES + 1);
  return given.length <= MAX_SIGNATURES && given.some((signature) => isEqual(signature, right));
}

function isEqual(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
