import { randomBytes } from 'node:crypto';
import { CryptoBox } from '../../lib/crypto-box.js';

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
export function sealSecret(box: CryptoBox, at: WebhookPlace, secret: string): Buffer {
  return box.seal(secret, place('secret', at));
}

export function openSecret(box: CryptoBox, at: WebhookPlace, sealed: Buffer): string {
  return box.open(sealed, place('secret', at));
}

/** Seals custom headers (name → value). */
export function sealHeaders(box: CryptoBox, at: WebhookPlace, headers: Record<string, string>): Buffer {
  return box.seal(JSON.stringify(headers), place('headers', at));
}

export function openHeaders(box: CryptoBox, at: WebhookPlace, sealed: Buffer | null): Record<string, string> {
  return sealed ? (JSON.parse(box.open(sealed, place('headers', at))) as Record<string, string>) : {};
}
