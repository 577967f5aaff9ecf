import { randomBytes } from 'node:crypto';
import { Keyring } from '../../lib/keyring.js';

/*
 * The encrypted columns of a webhook. Purpose and row ids are authenticated with the ciphertext (additional data), so a
 * value copied into another row or agency cannot be decrypted.
 */

/** The row of a ciphertext. */
export interface WebhookPlace {
  agencyId: string;
  webhookId: string;
}

/** `whsec_` and the base64 of 32 random bytes, the form of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The only part of a secret shown after its creation. */
export function last4(secret: string): string {
  return secret.replace(/=+$/, '').slice(-4);
}

const contextOf = (purpose: string, { agencyId, webhookId }: WebhookPlace) => `${purpose}|${agencyId}|${webhookId}`;

/**
 * Encrypts a secret for its row. The current and the previous secret share the context, so rotation moves the
 * ciphertext unchanged.
 */
export function encryptSecret(keyring: Keyring, at: WebhookPlace, secret: string): Buffer {
  return keyring.encrypt(secret, contextOf('secret', at));
}

export function decryptSecret(keyring: Keyring, at: WebhookPlace, encrypted: Buffer): string {
  return keyring.decrypt(encrypted, contextOf('secret', at));
}

/** Encrypts the address, whose path and query may hold a key. */
export function encryptAddress(keyring: Keyring, at: WebhookPlace, url: string): Buffer {
  return keyring.encrypt(url, contextOf('address', at));
}

export function decryptAddress(keyring: Keyring, at: WebhookPlace, encrypted: Buffer): string {
  return keyring.decrypt(encrypted, contextOf('address', at));
}

/** Encrypts the address that alerts about the webhook are posted to. */
export function encryptAlertAddress(keyring: Keyring, at: WebhookPlace, url: string): Buffer {
  return keyring.encrypt(url, contextOf('alert address', at));
}

export function decryptAlertAddress(keyring: Keyring, at: WebhookPlace, encrypted: Buffer): string {
  return keyring.decrypt(encrypted, contextOf('alert address', at));
}

/** Encrypts custom headers (name → value). */
export function encryptHeaders(keyring: Keyring, at: WebhookPlace, headers: Record<string, string>): Buffer {
  return keyring.encrypt(JSON.stringify(headers), contextOf('headers', at));
}

export function decryptHeaders(keyring: Keyring, at: WebhookPlace, encrypted: Buffer | null): Record<string, string> {
  return encrypted ? (JSON.parse(keyring.decrypt(encrypted, contextOf('headers', at))) as Record<string, string>) : {};
}
