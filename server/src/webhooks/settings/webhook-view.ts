import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HOUR_MS } from '../../lib/time.js';
import type { AgencyActor } from '../../auth/actor.js';
import { outdatedConditions } from '../destinations/conditions.js';
import { isTool, paceOf } from '../destinations/kinds.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import type { Versioned } from './etag.js';
import { findNotDelivered, type NotDelivered, withPending } from './not-delivered.js';
import { healthOf } from './health-state.js';
import { getWebhook, type WebhookRow } from './webhook-queries.js';
import type { WebhookResponse } from './webhook-response.dto.js';
import { WebhookSettings } from './webhook-settings.js';

/** As a plain type, because instances of classes cannot be spread. */
export type WebhookJson = Pick<WebhookResponse, keyof WebhookResponse>;

/** Webhooks as the API returns them, as far as the caller may see them. */
@Injectable()
export class WebhookView {
  constructor(
    private readonly settings: WebhookSettings,
    private readonly addresses: WebhookAddresses,
  ) {}

  /** Throws AppError not_found. */
  async get(manager: EntityManager, actor: AgencyActor, id: string): Promise<Versioned<WebhookJson>> {
    const row = await getWebhook(manager, actor.agencyId, id);
    const [body] = await this.all(manager, actor, [row]);
    return { version: row.version, body: body! };
  }

  async all(manager: EntityManager, actor: AgencyActor, rows: WebhookRow[]): Promise<WebhookJson[]> {
    const undelivered = await findNotDelivered(manager, rows);
    return rows.map((row, index) => this.json(actor, row, undelivered[index]!));
  }

  /** Of custom headers only the names leave the server. */
  json(actor: AgencyActor, row: WebhookRow, undelivered: NotDelivered): WebhookJson {
    const { agency_id: agencyId, headers, url: _url, version: _version, ...fields } = row;
    const { url, recipients } = this.addresses.ofWebhook(actor, row);
    return {
      ...fields,
      url,
      recipients,
      header_names: Object.keys(this.settings.headersOf(headers, { agencyId, webhookId: row.id }) ?? {}),
      pace: paceOf(row.kind, row.pace),
      // The secret of a tool is its address.
      ...(isTool(row.kind) && { secret_last4: url?.slice(-4) ?? '' }),
      outdated_conditions: outdatedConditions(row.conditions),
      health: healthOf(row),
      not_delivered: undelivered.total,
      last_24h: { ...row.last_24h, hours: withPending(row.last_24h.hours, undelivered.pending, HOUR_MS) },
    };
  }
}
