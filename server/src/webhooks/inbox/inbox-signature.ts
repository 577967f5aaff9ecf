import { timingSafeEqual } from 'node:crypto';
import { simpleSignature, standardSignature } from '../engine/signing.js';
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

/** `unknown`: there is nothing to compare, neither a signature nor a webhook. Every signature that is there must be right. */
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
  const given = standard?.split(' ') ?? [];
  const standardIsRight =
    standard === undefined ||
    keys.some((key) => given.some((signature) => isEqual(signature, standardSignature(key, message))));
  const simpleIsRight = simple === undefined || keys.some((key) => isEqual(simple, simpleSignature(key, body)));
  return standardIsRight && simpleIsRight;
}

function isEqual(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
