import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Keyring } from '../../lib/keyring.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { decryptAddress, decryptHeaders, decryptSecret } from '../model/webhook-secrets.js';
import { isTool, type DestinationKind } from '../destinations/kinds.js';
import type { MessageContent } from '../destinations/content.js';
import type { DestinationStyle } from '../destinations/message.js';
import type { ToolSettings } from '../destinations/request-body.js';
import type { RetryPlan } from '../model/retry-plans.js';
import { signingKeys, type HeadersConfig, type SigningKeys } from './send/message-headers.js';

/*
 * A cache of decrypted configurations, the newest known of each webhook. Every change makes a new version, which
 * deliveries name, so entries never have to be invalidated.
 */

const MAX_ENTRIES = 5_000;

export interface WebhookConfig extends HeadersConfig {
  version: number;
  /** null: an endpoint or a listener. */
  tool: ToolSettings;
  /** Its requests go to a listener, not to its address. */
  listens?: boolean;
  /** Of an endpoint; null: all of an event. */
  content?: MessageContent;
  /** null: mails have recipients instead. */
  url: string | null;
  retryPlan: RetryPlan;
}

const KEEP_VERSION_SQL = /* sql */ `
insert into webhook_versions (webhook_id, version, agency_id, kind, style, url, header_names, content, traceparent)
values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9)
on conflict do nothing`;

interface ConfigRow {
  agency_id: string;
  version: number;
  kind: DestinationKind;
  style: DestinationStyle | null;
  content: MessageContent;
  traceparent: boolean;
  url: Buffer | null;
  retry_plan: RetryPlan;
  headers: Buffer | null;
  secret: Buffer;
  previous_secret: Buffer | null;
  previous_secret_until: Date | null;
  secret_switched: boolean;
}

@Injectable()
export class WebhookConfigs {
  /** By webhook: the newest that was read. */
  readonly #known = new LRUCache<string, WebhookConfig>({ max: MAX_ENTRIES });
  readonly #loading = new Map<string, Promise<WebhookConfig>>();

  constructor(
    private readonly database: ServiceDatabase,
    private readonly keyring: Keyring,
  ) {}

  /** The configuration as of `version` or newer, if it was read before. */
  known(webhookId: string, version: number): WebhookConfig | undefined {
    const config = this.#known.get(webhookId);
    return config && config.version >= version ? config : undefined;
  }

  /** As `known`, or read now. Rejects when the database is unavailable or a secret cannot be decrypted. */
  get(webhookId: string, version: number): Promise<WebhookConfig> {
    const known = this.known(webhookId, version);
    if (known) return Promise.resolve(known);
    const name = `${webhookId} ${version}`;
    let loading = this.#loading.get(name);
    if (!loading) {
      loading = this.#load(webhookId).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return loading;
  }

  async #load(webhookId: string): Promise<WebhookConfig> {
    const [row] = await this.database.query<ConfigRow>(
      `select agency_id, version, kind, style, content, traceparent, url, retry_plan, headers, secret,
         previous_secret, previous_secret_until, secret_switched
       from webhooks where id = $1`,
      [webhookId],
    );
    if (!row) throw new Error(`webhook ${webhookId} is gone`);
    const at = { agencyId: row.agency_id, webhookId };
    const keys = (encrypted: Buffer): SigningKeys => signingKeys(decryptSecret(this.keyring, at, encrypted));
    const headers = decryptHeaders(this.keyring, at, row.headers);
    const headerNames = Object.keys(headers);
    // Kept before a request is made with it: attempts name the version, by which the log shows where they went.
    const { version, kind, style, content } = row;
    const only = content && JSON.stringify(content);
    const kept = [webhookId, version, row.agency_id, kind, style, row.url, headerNames, only, row.traceparent];
    await this.database.query(KEEP_VERSION_SQL, kept);
    const config: WebhookConfig = {
      version,
      listens: kind === 'listen',
      tool: isTool(kind) ? { kind, style: style! } : null,
      content,
      traceparent: row.traceparent,
      url: row.url && decryptAddress(this.keyring, at, row.url),
      retryPlan: row.retry_plan,
      headers,
      headerNames,
      current: keys(row.secret),
      previous: row.previous_secret
        ? {
            ...keys(row.previous_secret),
            untilMs: row.previous_secret_until!.getTime(),
            switched: row.secret_switched,
          }
        : null,
    };
    this.#known.set(webhookId, config);
    return config;
  }
}
