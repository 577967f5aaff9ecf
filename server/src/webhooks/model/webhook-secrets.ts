import { randomBytes } from 'node:crypto';
import { Keyring } from '../../lib/keyring.js';

/*
 * What of a webhook is encrypted at rest, and where each box belongs. The place is bound into the box (additional data), so a box
 * copied into another row or agency does not open.
 */

/** Where a box lives: the ids of its row. */
export interface WebhookPlace {
  agencyId: string;
  webhookId: string;
}

/** `whsec_` and the base64 of 32 random bytes, the form of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The only part of a secret that is shown after it was made. */
export function last4(secret: string): string {
  return secret.replace(/=+$/, '').slice(-4);
}

const place = (purpose: string, { agencyId, webhookId }: WebhookPlace) => `${purpose}|${agencyId}|${webhookId}`;

/** Seals a secret for its row; the current and the previous secret share the place, so rotation moves the box as it is. */
export function sealSecret(keyring: Keyring, at: WebhookPlace, secret: string): Buffer {
  return keyring.encrypt(secret, place('secret', at));
}

export function openSecret(keyring: Keyring, at: WebhookPlace, sealed: Buffer): string {
  return keyring.decrypt(sealed, place('secret', at));
}

/** Seals custom headers (name → value). */
export function sealHeaders(keyring: Keyring, at: WebhookPlace, headers: Record<string, string>): Buffer {
  return keyring.encrypt(JSON.stringify(headers), place('headers', at));
}

export function openHeaders(keyring: Keyring, at: WebhookPlace, sealed: Buffer | null): Record<string, string> {
  return sealed ? (JSON.parse(keyring.decrypt(sealed, place('headers', at))) as Record<string, string>) : {};
}
