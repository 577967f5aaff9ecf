import { Injectable } from '@nestjs/common';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRole } from '../../auth/role.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { parseUrl } from '../../lib/parse-url.js';
import { decryptAddress, type WebhookPlace } from './webhook-secrets.js';

/*
 * What callers see of the address of a webhook. Its path and query may hold a key, so it is stored encrypted, and
 * viewers get the host only. Statements return the ciphertext, as a buffer or in base64 within JSON.
 */

/** Shown instead of an address that does not decrypt: one webhook must not fail a list. The host never exists. */
export const UNREADABLE = 'https://unreadable.invalid/';

type Reader = Pick<AgencyActor, 'agencyId' | 'role'>;

interface OfWebhook {
  webhook: { id: string; url: string };
}

@Injectable()
export class WebhookAddresses {
  constructor(private readonly keyring: Keyring) {}

  /** The whole address; null if it does not decrypt. */
  open(at: WebhookPlace, encrypted: Buffer): string | null {
    try {
      return decryptAddress(this.keyring, at, encrypted);
    } catch (error) {
      if (error instanceof KeyringError) return null;
      throw error;
    }
  }

  /** The address as this caller may see it. */
  shown({ agencyId, role }: Reader, webhookId: string, encrypted: Buffer): string {
    const url = this.open({ agencyId, webhookId }, encrypted) ?? UNREADABLE;
    return hasRole(role, 'member') ? url : `${parseUrl(url)?.origin ?? ''}/`;
  }

  /** The same row, with the address of its webhook as this caller may see it. */
  inRow<Row extends OfWebhook>(reader: Reader, row: Row): Row {
    const { webhook } = row;
    return { ...row, webhook: { ...webhook, url: this.shown(reader, webhook.id, Buffer.from(webhook.url, 'base64')) } };
  }
}

const WORD = /^(?:v\d{1,3}|[a-z]+(?:[-_.][a-z]+)*)$/i;
const LONGEST_WORD = 24;

/**
 * An address for the audit log: host and the words of its path; what may be a key is `…`, with its last 4 characters if
 * it is long.
 */
export function maskedAddress(url: string): string {
  const parsed = parseUrl(url);
  if (!parsed) return '…';
  const segments = parsed.pathname
    .split('/')
    .map((text) => (WORD.test(text) && text.length <= LONGEST_WORD ? text : masked(text)));
  const query = [...parsed.searchParams].map(([name, value]) => `${WORD.test(name) ? name : '…'}=${masked(value)}`);
  return `${parsed.origin}${segments.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

function masked(text: string): string {
  if (text === '') return '';
  return text.length >= 16 ? `…${text.slice(-4)}` : '…';
}
