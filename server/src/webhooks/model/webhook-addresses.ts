import { Injectable } from '@nestjs/common';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRole } from '../../auth/role.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { parseUrl } from '../../lib/parse-url.js';
import { hiddenAddress, isTool, type DestinationKind } from '../destinations/kinds.js';
import { decryptAddress, decryptAlertAddress, type WebhookPlace } from './webhook-secrets.js';

/*
 * What callers see of the address of a webhook. Its path and query may hold a key, so it is stored encrypted, and
 * viewers get the host only. Statements return the ciphertext, as a buffer or in base64 within JSON.
 */

/** Shown instead of an address that cannot be decrypted, so that one webhook does not fail a list. Never exists. */
export const UNREADABLE = 'https://unreadable.invalid/';

type Reader = Pick<AgencyActor, 'agencyId' | 'role'>;

interface OfWebhook {
  webhook: { id: string; url: string | null; kind: DestinationKind };
}

/** An attempt as it is read, with the kind of its webhook; both null if nothing was sent. */
interface OfAttempt {
  address: string | null;
  kind: DestinationKind | null;
  /** The recipients of mails; null: it was a request. */
  mails: { email: string; answer: string | null }[] | null;
}

@Injectable()
export class WebhookAddresses {
  constructor(private readonly keyring: Keyring) {}

  /** The whole address; null if it does not decrypt. */
  open(at: WebhookPlace, encrypted: Buffer): string | null {
    return opened(() => decryptAddress(this.keyring, at, encrypted));
  }

  /** The address for alerts about a webhook; null if it does not decrypt. */
  openAlert(at: WebhookPlace, encrypted: Buffer): string | null {
    return opened(() => decryptAlertAddress(this.keyring, at, encrypted));
  }

  /** The address as this caller may see it. That of a tool is a secret, so it is never shown whole. */
  shown({ agencyId, role }: Reader, webhookId: string, encrypted: Buffer, kind: DestinationKind): string {
    const url = this.open({ agencyId, webhookId }, encrypted) ?? UNREADABLE;
    if (isTool(kind)) return hiddenAddress(url);
    return hasRole(role, 'member') ? url : `${parseUrl(url)?.origin ?? ''}/`;
  }

  /** Address and recipients of a webhook as this caller may see them; one of the two is null. */
  ofWebhook<R extends { email: string; reason: string | null }>(
    reader: Reader,
    { id, url, kind, recipients }: { id: string; url: Buffer | null; kind: DestinationKind; recipients: R[] | null },
  ): { url: string | null; recipients: R[] | null } {
    const masked = (one: R) => ({ ...one, email: maskedMailbox(one.email), reason: null });
    return {
      url: url && this.shown(reader, id, url, kind),
      recipients: recipients && (hidesMailboxes(reader) ? recipients.map(masked) : recipients),
    };
  }

  /** The row with the address of its webhook as this caller may see it. */
  inRow<Row extends OfWebhook>(reader: Reader, row: Row): Row {
    const { id, url: stored, kind } = row.webhook;
    const url = stored === null ? null : this.shown(reader, id, Buffer.from(stored, 'base64'), kind);
    return { ...row, webhook: { ...row.webhook, url } };
  }

  /** The attempt with the address that it went to, as this caller may see it. */
  inAttempt<Row extends OfAttempt>(reader: Reader, webhookId: string, row: Row): Omit<Row, 'kind'> {
    const { kind, address, mails, ...attempt } = row;
    const url = address === null ? null : this.shown(reader, webhookId, Buffer.from(address, 'base64'), kind!);
    const seen = mails && hidesMailboxes(reader) ? mails.map(withoutMailbox) : mails;
    return { ...attempt, address: url, mails: seen } as Omit<Row, 'kind'>;
  }
}

function opened(decrypt: () => string): string | null {
  try {
    return decrypt();
  } catch (error) {
    if (error instanceof KeyringError) return null;
    throw error;
  }
}

/** Viewers see addresses of people shortened, as they do those of webhooks. */
export const hidesMailboxes = ({ role }: Pick<Reader, 'role'>): boolean => !hasRole(role, 'member');

/** `a…@agency.example` */
export const maskedMailbox = (email: string): string => email.replace(/^(.)[^@]*/u, '$1…');

const withoutMailbox = <Mail extends { email: string }>(mail: Mail) => {
  return { ...mail, email: maskedMailbox(mail.email), answer: null };
};

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
