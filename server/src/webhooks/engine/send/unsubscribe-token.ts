import { createHmac } from 'node:crypto';
import { sameHash } from '../../../auth/tokens.js';
import type { SigningKeys } from './message-headers.js';

/*
 * The token in the link by which a recipient ends the mails of a webhook. It is derived from the secret of the webhook,
 * so it need not be stored and all mails have the same one.
 */

const FORM = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})\.([\w-]{43})$/;

export function unsubscribeToken(keys: SigningKeys, recipientId: string): string {
  return `${recipientId.replaceAll('-', '')}.${macOf(keys, recipientId).toString('base64url')}`;
}

/** The recipient of a token; null if it does not have the form of one. */
export function recipientOf(token: string): string | null {
  const [, ...parts] = FORM.exec(token) ?? [];
  return parts.length === 0 ? null : parts.slice(0, 5).join('-');
}

export function isUnsubscribeToken(keys: SigningKeys, recipientId: string, token: string): boolean {
  return sameHash(Buffer.from(unsubscribeToken(keys, recipientId)), Buffer.from(token));
}

const macOf = (keys: SigningKeys, recipientId: string): Buffer =>
  createHmac('sha256', keys.whole).update(`unsubscribe ${recipientId}`).digest();
