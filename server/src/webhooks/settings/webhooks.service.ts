import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { Keyring } from '../../lib/keyring.js';
import { isUuid, uuidv7 } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { decodeCursor, pageOf, type Page } from '../../http/keyset-page.js';
import { answerTime } from './answer-time.js';
import { createOnce, idempotencyKey } from './create-once.js';
import { findDeliveries } from '../deliveries/delivery-queries.js';
import { deliveryJson } from '../deliveries/delivery-view.js';
import { Changes } from '../engine/changes.js';
import { OwedDrops } from '../engine/queue/pending-drops.js';
import { requireMatch, type Versioned } from './etag.js';
import { InboxAddress } from '../inbox/inbox-address.js';
import { findInboxAt } from '../inbox/inbox-at.js';
import { WebhookHealth } from '../model/webhook-health.entity.js';
import { findWebhooks, getWebhook, lockWebhook, requireRoom, webhookSeries } from './webhook-queries.js';
import { last4, newSecret, sealSecret } from '../model/webhook-secrets.js';
import { WebhookSettings } from './webhook-settings.js';
import { webhookJson, type WebhookJson, type WebhookRow } from './webhook-view.js';
import { Webhook } from '../model/webhook.entity.js';
import type { WebhookDetailResponse, WebhookResponse, WebhookWithSecretResponse } from './webhook-response.dto.js';
import type { CreateWebhook, UpdateWebhook, WebhooksQuery } from './webhooks.dto.js';

const RECENT_DELIVERIES = 20;

/** What an agency does with its webhooks. Each method is one transaction that sees this agency alone. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly settings: WebhookSettings,
    private readonly drops: OwedDrops,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly keyring: Keyring,
    private readonly inboxes: InboxAddress,
  ) {}

  async list({ agencyId }: AgencyActor, { limit, cursor }: WebhooksQuery): Promise<Page<WebhookResponse>> {
    const [before = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const rows = await this.transaction.run(agencyId, (manager) =>
      findWebhooks(manager, agencyId, { before, limit: limit + 1 }),
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.id],
      (row) => this.#json(row),
    );
  }

  /** Throws AppError not_found. */
  async get({ agencyId }: AgencyActor, webhookId: string): Promise<Versioned<WebhookDetailResponse>> {
    return this.transaction.run(agencyId, async (manager) => {
      const row = await getWebhook(manager, agencyId, webhookId);
      const at = { agencyId, webhookId };
      const filter = { webhook_id: webhookId, test: 'any' } as const;
      const recent = await findDeliveries(manager, agencyId, filter, { before: null, limit: RECENT_DELIVERIES });
      const series = {
        hourly: await webhookSeries(manager, at, { step: 'hour', steps: 24 }),
        daily: await webhookSeries(manager, at, { step: 'day', steps: 30 }),
      };
      const answer_time = await answerTime(manager, { ...at, now: Date.now() });
      const recent_deliveries = recent.map(deliveryJson);
      return { version: row.version, body: { ...this.#json(row), recent_deliveries, series, answer_time } };
    });
  }

  /** Throws AppError validation_failed, too_many_webhooks, or idempotency_conflict for a key that was used before. */
  async create(
    actor: AgencyActor,
    asked: CreateWebhook,
    header: string | undefined,
  ): Promise<Versioned<WebhookWithSecretResponse>> {
    const key = idempotencyKey(header);
    const created = await this.transaction.run(actor.agencyId, (manager) => {
      const create = () => this.#create(manager, actor, asked);
      if (key === undefined) return create();
      const { url, events, description, retry_plan, headers } = asked;
      const body = [
        url,
        events,
        description,
        retry_plan,
        Object.entries(headers ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ];
      return createOnce(manager, this.keyring, { actor, operation: 'webhook.create', key, body }, create);
    });
    this.changes.webhook(actor.agencyId, created.body.id);
    return created;
  }

  /** Throws AppError not_found, precondition_failed or validation_failed. */
  async update(
    actor: AgencyActor,
    { id, ifMatch }: { id: string; ifMatch: string | undefined },
    asked: UpdateWebhook,
  ): Promise<Versioned<WebhookResponse>> {
    const { agencyId } = actor;
    let ends = false;
    const updated = await this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockWebhook(manager, agencyId, id);
      requireMatch(ifMatch, webhook.version);
      const fields = Object.keys(asked).filter((field) => asked[field as keyof UpdateWebhook] !== undefined);
      if (fields.length > 0) {
        const columns = this.settings.columns(asked, { agencyId, webhookId: id }, webhook);
        await changeWebhook(manager, webhook, { ...columns, ...(await this.#inbox(manager, agencyId, asked.url)) });
        ends = asked.is_active === false && webhook.isActive;
        if (ends) await switchOff(manager, webhook);
        if (asked.is_active === true && !webhook.isActive) await switchOn(manager, webhook);
        if (asked.url !== undefined && asked.url !== webhook.url) await probeNow(manager, webhook);
        // They go with the address, too.
        if (columns.headers !== undefined && !fields.includes('headers')) fields.push('headers');
        const switched = asked.is_active === undefined ? {} : { is_active: asked.is_active };
        await this.#record(manager, actor, 'webhook.updated', { id, details: { fields, ...switched } });
      }
      return this.#versioned(await getWebhook(manager, agencyId, id));
    });
    this.changes.webhook(agencyId, id);
    if (ends) await this.drops.drop({ agencyId, webhookId: id });
    return updated;
  }

  /** Deletes a webhook: nobody sees it any more, its deliveries stay. Throws AppError not_found. */
  async delete(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockWebhook(manager, agencyId, id);
      await changeWebhook(manager, webhook, { deletedAt: () => 'now()' });
      await this.#record(manager, actor, 'webhook.deleted', { id });
    });
    this.changes.webhook(agencyId, id);
    await this.drops.drop({ agencyId, webhookId: id });
  }

  async #create(
    manager: EntityManager,
    actor: AgencyActor,
    asked: CreateWebhook,
  ): Promise<Versioned<WebhookWithSecretResponse>> {
    const { agencyId } = actor;
    await requireRoom(manager, agencyId);
    const id = uuidv7();
    const at = { agencyId, webhookId: id };
    const secret = newSecret();
    await manager.insert(Webhook, {
      id,
      agencyId,
      ...this.settings.columns(asked, at, null),
      ...(await this.#inbox(manager, agencyId, asked.url)),
      secret: sealSecret(this.keyring, at, secret),
      secretLast4: last4(secret),
    });
    await this.#record(manager, actor, 'webhook.created', { id, details: { events: asked.events } });
    const { version, body } = this.#versioned(await getWebhook(manager, agencyId, id));
    return { version, body: { ...body, secret } };
  }

  /** Which test inbox the address is; another agency's is none. Throws AppError validation_failed for one that is not there. */
  async #inbox(manager: EntityManager, agencyId: string, url: string | undefined): Promise<Partial<Webhook>> {
    if (url === undefined) return {};
    const token = this.inboxes.tokenOf(url);
    return { inboxId: token === null ? null : await findInboxAt(manager, agencyId, token) };
  }

  #record(
    manager: EntityManager,
    actor: AgencyActor,
    action: string,
    { id, details = {} }: { id: string; details?: Record<string, unknown> },
  ): Promise<void> {
    return this.audit.record(manager, actor, { action, targetKind: 'webhook', targetId: id, details });
  }

  #json(row: WebhookRow): WebhookJson {
    return webhookJson(row, this.settings.headerNames(row.headers, { agencyId: row.agency_id, webhookId: row.id }));
  }

  #versioned(row: WebhookRow): Versioned<WebhookJson> {
    return { version: row.version, body: this.#json(row) };
  }
}

type Change = Parameters<EntityManager['update']>[2] & object;

/** Every change makes a new version: the ETag, and the name under which the engine remembers the settings. */
async function changeWebhook(manager: EntityManager, { id, agencyId }: Webhook, change: Change): Promise<void> {
  const bump = { version: () => 'version + 1', updatedAt: () => 'now()' };
  await manager.update(Webhook, { id, agencyId }, { ...change, ...bump });
}

/** After the commit nothing that it is owed is claimed any more. */
async function switchOff(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  await manager.update(Webhook, { id, agencyId }, { isActive: false, offReason: 'person', offAt: () => 'now()' });
}

/** On again, with a fresh start: the failures of before would otherwise switch it off at the next one. */
async function switchOn(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  await manager.update(Webhook, { id, agencyId }, { isActive: true, offReason: null, offAt: null });
  const fresh = { failuresInARow: 0, failedDeliveriesInARow: 0, failingSince: null };
  const open = { pausedAt: null, pausedUntil: null, pauseCount: 0, probeDeliveryId: null };
  await manager.update(WebhookHealth, { webhookId: id, agencyId }, { ...fresh, ...open });
}

/** A paused webhook with a new address is probed at once: the time of the next probe was chosen for the old one. */
async function probeNow(manager: EntityManager, { id, agencyId }: Webhook): Promise<void> {
  await manager.query(
    `update webhook_health set paused_until = now(), pause_count = 0
     where webhook_id = $1 and agency_id = $2 and paused_until is not null`,
    [id, agencyId],
  );
}
