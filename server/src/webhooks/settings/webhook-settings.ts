import { Inject, Injectable } from '@nestjs/common';
import { parseUrl } from '../../lib/parse-url.js';
import type { FieldError } from '../../lib/app-error.js';
import { Keyring, KeyringError } from '../../lib/keyring.js';
import { validationFailed } from '../../http/field-errors.js';
import type { AddressRules } from '../../outbound/address-guard.js';
import { ADDRESS_RULES } from '../../outbound/guarded-client.module.js';
import { addressProblems } from './address-problems.js';
import { customHeaderProblems, mergeHeaders } from './custom-headers.js';
import { DestinationSettings } from './destination-settings.js';
import { InboxAddress } from '../inbox/inbox-address.js';
import { subscriptionProblems } from '../../events/catalogue/catalogue.js';
import { decryptHeaders, encryptAddress, encryptHeaders, type WebhookPlace } from '../model/webhook-secrets.js';
import { Webhook } from '../model/webhook.entity.js';
import type { CreateWebhook, UpdateWebhook } from './webhooks.dto.js';

const OWN_ADDRESS: FieldError = {
  field: 'url',
  code: 'own_address',
  message: 'This is the address of BPOC itself. Use the address of your own system, or a test inbox.',
};

/** `url`: null if it cannot be decrypted. */
type Before = Omit<Webhook, 'url'> & { url: string | null };

/**
 * Whether the stored headers are dropped because of a move to another origin: their values are meant for the old
 * server, and those who may change the address may not see them.
 */
function dropsHeaders({ url, headers }: Before, next: string | null | undefined): boolean {
  const moved = next == null ? null : parseUrl(next);
  return headers !== null && moved !== null && moved.origin !== parseUrl(url ?? '')?.origin;
}

/** Maps a request to columns: checks that need more than the request alone, and encryption. */
@Injectable()
export class WebhookSettings {
  constructor(
    private readonly keyring: Keyring,
    @Inject(ADDRESS_RULES) private readonly rules: AddressRules,
    private readonly inboxes: InboxAddress,
    private readonly destinations: DestinationSettings,
  ) {}

  /**
   * The columns for the fields present in `input`. The headers of `before` are not sent to another server. Throws
   * AppError validation_failed with all problems.
   */
  columns(input: CreateWebhook | UpdateWebhook, at: WebhookPlace, before: Before | null): Partial<Webhook> {
    const { url, events, description, retry_plan: retryPlan, traceparent, headers: patch = {} } = input;
    const drops = before !== null && dropsHeaders(before, url);
    const kept = drops || input.headers === undefined ? null : before?.headers;
    const stored = decryptHeaders(this.keyring, at, kept ?? null);
    const headers = input.headers !== undefined || drops ? mergeHeaders(stored, patch) : undefined;
    const destination = this.destinations.columns(input, before);
    const problems = [
      ...(url == null ? [] : this.addressProblems(url)),
      ...this.destinations.problems(input, before),
      ...(events === undefined ? [] : subscriptionProblems(events)),
      ...(headers === undefined ? [] : customHeaderProblems(headers)),
    ];
    if (problems.length > 0) throw validationFailed(problems);
    return {
      ...destination,
      ...(url != null && { url: encryptAddress(this.keyring, at, url) }),
      ...(events !== undefined && { events: [...new Set(events)] }),
      ...(description !== undefined && { description: description.trim() }),
      ...(retryPlan !== undefined && { retryPlan }),
      ...(traceparent !== undefined && { traceparent }),
      ...(headers !== undefined && { headers: this.#encrypt(headers, at) }),
    };
  }

  /** The custom headers, names as entered; null if they cannot be decrypted, which must not fail a list. */
  headersOf(encrypted: Buffer | null, at: WebhookPlace): Record<string, string> | null {
    try {
      return decryptHeaders(this.keyring, at, encrypted);
    } catch (error) {
      if (error instanceof KeyringError) return null;
      throw error;
    }
  }

  /** Problems of an address to send to, as typed. */
  addressProblems(url: string): FieldError[] {
    if (this.inboxes.tokenOf(url) !== null) return [];
    return this.inboxes.isOwn(url) ? [OWN_ADDRESS] : addressProblems(url, this.rules);
  }

  #encrypt(headers: Record<string, string>, at: WebhookPlace): Buffer | null {
    return Object.keys(headers).length === 0 ? null : encryptHeaders(this.keyring, at, headers);
  }
}
