import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { HOUR_MS } from '../../lib/time.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { ENV, type Env } from '../../config/env.js';
import { AppError } from '../../lib/app-error.js';
import { Keyring } from '../../lib/keyring.js';
import { uuidv7 } from '../../lib/ids.js';
import { lockName } from '../../database/advisory-lock.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { pageOf, type Page } from '../../http/keyset-page.js';
import { answerTime } from './answer-time.js';
import { changedSettings } from './changed-settings.js';
import { createOnce } from './create-once.js';
import { findDeliveries } from '../deliveries/delivery-queries.js';
import { Names } from '../deliveries/names.js';
import { isTool } from '../destinations/kinds.js';
import { Changes } from '../engine/changes.js';
import { PendingDrops } from '../engine/queue/pending-drops.js';
import { requireMatch, type Versioned } from './etag.js';
import { InboxAddress, findInboxAt } from '../inbox/inbox-address.js';
import { findNotDelivered, withPending } from './not-delivered.js';
import { lockForChange, OFF, ON, probeNow, resetHealth, setFlow } from './webhook-effects.js';
import {
  changeWebhook,
  findWebhooks,
  getWebhook,
  lockAnyWebhook,
  lockWebhook,
  requireQuota,
  webhookSeries,
} from './webhook-queries.js';
import { last4, newSecret, encryptSecret } from '../model/webhook-secrets.js';
import { WebhookSettings } from './webhook-settings.js';
import { type WebhookJson, WebhookView } from './webhook-view.js';
import { maskedAddress, WebhookAddresses } from '../model/webhook-addresses.js';
import { Recipients } from '../recipients/recipients.service.js';
import { Webhook } from '../model/webhook.entity.js';
import type {
  WebhookDetailResponse,
  WebhookResponse,
  CreatedWebhookResponse,
  EnsuredWebhookResponse,
} from './webhook-response.dto.js';
import type { CreateWebhook, UpdateWebhook, WebhooksQuery } from './webhooks.dto.js';

const RECENT_DELIVERIES = 20;

export type Ensured = Versioned<EnsuredWebhookResponse> & { created: boolean };

/** Webhooks of an agency. Each method is one transaction that sees only this agency. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly settings: WebhookSettings,
    private readonly view: WebhookView,
    private readonly drops: PendingDrops,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly keyring: Keyring,
    private readonly inboxes: InboxAddress,
    private readonly addresses: WebhookAddresses,
    private readonly names: Names,
    private readonly recipients: Recipients,
    @Inject(ENV) private readonly env: Env,
  ) {}

  list(actor: AgencyActor, query: WebhooksQuery): Promise<Page<WebhookResponse>> {
    const { agencyId } = actor;
    return pageOf(query, (bounds) =>
      this.transaction.run(agencyId, async (manager) => {
        return this.view.all(manager, actor, await findWebhooks(manager, agencyId, bounds));
      }),
    );
  }

  /** Throws AppError not_found. */
  async get(actor: AgencyActor, webhookId: string): Promise<Versioned<WebhookDetailResponse>> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const row = await getWebhook(manager, agencyId, webhookId);
      const at = { agencyId, webhookId };
      const filter = { webhook_id: webhookId, test: 'any' } as const;
      const deliveries = await findDeliveries(manager, agencyId, filter, { before: null, limit: RECENT_DELIVERIES });
      const named = await this.names.about(manager, actor, deliveries, ({ event_id }) => event_id);
      const recent = named.map((delivery) => this.addresses.inRow(actor, delivery));
      const [undelivered] = await findNotDelivered(manager, [row]);
      const { pending } = undelivered!;
      const counts = async (hours: 1 | 6 | 24, steps: number) =>
        withPending(await webhookSeries(manager, at, { hours, steps }), pending, hours * HOUR_MS);
      const series = { hourly: await counts(1, 24), six_hourly: await counts(6, 28), daily: await counts(24, 30) };
      const answer_time = await answerTime(manager, { ...at, now: Date.now() });
      return {
        version: row.version,
        body: { ...this.view.json(actor, row, undelivered!), recent_deliveries: recent, series, answer_time },
      };
    });
  }

  /** Throws AppError validation_failed, too_many_webhooks, or idempotency_conflict. */
  async create(
    actor: AgencyActor,
    input: CreateWebhook,
    header: string | undefined,
  ): Promise<Versioned<CreatedWebhookResponse>> {
    const request = { actor, operation: 'webhook.create', header, body: canonical(input) };
    const created = await this.transaction.run(actor.agencyId, (manager) =>
      createOnce(manager, this.keyring, request, () => this.#create(manager, actor, input)),
    );
    this.changes.webhook(actor.agencyId, created.body.id);
    return created;
  }

  /**
   * The pending deliveries of a webhook that is turned off are kept while that can be undone, by turning it on. Turning
   * it off once more restarts that time. Throws AppError not_found, precondition_failed or validation_failed.
   */
  async update(
    actor: AgencyActor,
    { id, ifMatch }: { id: string; ifMatch: string | undefined },
    input: UpdateWebhook,
  ): Promise<Versioned<WebhookResponse>> {
    const { agencyId } = actor;
    const { switchedOff, ...updated } = await this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockForChange(manager, agencyId, id, input);
      requireMatch(ifMatch, webhook.version);
      return this.#update(manager, actor, webhook, input);
    });
    this.changes.webhook(agencyId, id);
    if (switchedOff) await this.drops.drop({ agencyId, webhookId: id });
    return updated;
  }

  /**
   * Adds the webhook with this key, or changes those of its settings that differ. Throws AppError validation_failed,
   * too_many_webhooks, precondition_failed, or idempotency_conflict.
   */
  async ensure(
    actor: AgencyActor,
    { externalKey, ifMatch, header }: { externalKey: string; ifMatch: string | undefined; header: string | undefined },
    input: CreateWebhook,
  ): Promise<Ensured> {
    const { agencyId } = actor;
    const request = { actor, operation: 'webhook.ensure', header, body: [externalKey, ...canonical(input)] };
    const ensured = await this.transaction.run(agencyId, async (manager) => {
      // The second of two concurrent requests finds the webhook of the first.
      await lockName(manager, keyName(agencyId, externalKey));
      const ensure = () => this.#ensure(manager, actor, { externalKey, ifMatch }, input);
      return createOnce(manager, this.keyring, request, ensure);
    });
    this.changes.webhook(agencyId, ensured.body.id);
    return ensured;
  }

  /**
   * Soft delete: the deliveries stay. Deleting once more, while that can be undone, restarts that time. Throws AppError
   * not_found or precondition_failed.
   */
  async delete(
    actor: AgencyActor,
    { id, ifMatch }: { id: string; ifMatch: string | undefined },
  ): Promise<Versioned<undefined>> {
    const { agencyId } = actor;
    const version = await this.transaction.run(agencyId, async (manager) => {
      const { deleted, undoable, version } = await lockAnyWebhook(manager, agencyId, id);
      requireMatch(ifMatch, version);
      if (deleted && undoable) {
        await manager.update(Webhook, { id, agencyId }, { undoUntil: this.#undoUntil() });
        return version;
      }
      const webhook = await lockWebhook(manager, agencyId, id);
      await changeWebhook(manager, webhook, { deletedAt: () => 'now()', undoUntil: this.#undoUntil(webhook) });
      await this.#record(manager, actor, 'webhook.deleted', { id });
      return version + 1;
    });
    this.changes.webhook(agencyId, id);
    await this.drops.drop({ agencyId, webhookId: id });
    return { version, body: undefined };
  }

  /**
   * Undoes a deletion. Throws AppError not_found, undo_over (also if another webhook has its key by now) or
   * too_many_webhooks.
   */
  async restore(actor: AgencyActor, id: string): Promise<Versioned<WebhookResponse>> {
    const { agencyId } = actor;
    const restored = await this.transaction.run(agencyId, async (manager) => {
      // Locked before the row, as in `ensure`, so that concurrent requests with this key see each other's changes.
      const { externalKey } = (await manager.findOneBy(Webhook, { id, agencyId })) ?? {};
      if (externalKey != null) await lockName(manager, keyName(agencyId, externalKey));
      const { deleted, undoable } = await lockAnyWebhook(manager, agencyId, id);
      if (deleted) {
        if (!undoable) throw new AppError('undo_over', 'This webhook was deleted too long ago to be restored.');
        await requireQuota(manager, agencyId);
        if (externalKey != null && (await manager.existsBy(Webhook, { agencyId, externalKey, deletedAt: IsNull() })))
          throw new AppError('undo_over', 'Another webhook was added with its key.');
        await changeWebhook(manager, { id, agencyId }, { deletedAt: null, undoUntil: null });
        await this.#record(manager, actor, 'webhook.restored', { id });
      }
      return this.view.get(manager, actor, id);
    });
    this.changes.webhook(agencyId, id);
    // It may have been turned off just before the deletion.
    if (!restored.body.is_active) await this.drops.drop({ agencyId, webhookId: id });
    return restored;
  }

  /** SQL for the end of the time to undo a change. null: there is none, as for listeners, whose command has ended. */
  #undoUntil(webhook?: Pick<Webhook, 'kind'>): (() => string) | null {
    const { undoMs } = this.env;
    return undoMs > 0 && webhook?.kind !== 'listen' ? () => `now() + interval '${undoMs} milliseconds'` : null;
  }

  async #ensure(
    manager: EntityManager,
    actor: AgencyActor,
    { externalKey, ifMatch }: { externalKey: string; ifMatch: string | undefined },
    input: CreateWebhook,
  ): Promise<Ensured> {
    const { agencyId } = actor;
    const known = await manager.findOneBy(Webhook, { agencyId, externalKey, deletedAt: IsNull() });
    if (!known) {
      // RFC 9110 §13.1.1: a precondition on something that does not exist fails.
      if (ifMatch !== undefined) throw new AppError('precondition_failed', 'There is no webhook with this key.');
      return { ...(await this.#create(manager, actor, input, externalKey)), created: true };
    }
    const webhook = await lockForChange(manager, agencyId, known.id, input);
    requireMatch(ifMatch, webhook.version);
    const at = { agencyId, webhookId: webhook.id };
    const changed = changedSettings(input, {
      webhook,
      url: webhook.url && this.addresses.open(at, webhook.url),
      headers: this.settings.headersOf(webhook.headers, at),
      recipients: await this.recipients.addresses(manager, at),
    });
    const { version, body } = await this.#update(manager, actor, webhook, changed);
    return { version, body: { ...body, secret: null }, created: false };
  }

  /** Changes a locked webhook. */
  async #update(
    manager: EntityManager,
    actor: AgencyActor,
    webhook: Webhook,
    input: UpdateWebhook,
  ): Promise<Versioned<WebhookJson> & { switchedOff: boolean }> {
    const { agencyId, id } = webhook;
    const fields = Object.keys(input).filter((field) => input[field as keyof UpdateWebhook] !== undefined);
    const switchedOff = input.is_active === false && webhook.isActive;
    const again = input.is_active === false && fields.length === 1 && !webhook.isActive;
    if (again && (await lockAnyWebhook(manager, agencyId, id)).undoable)
      await manager.update(Webhook, { id, agencyId }, { undoUntil: this.#undoUntil(webhook) });
    else if (fields.length > 0) {
      const before = webhook.url && this.addresses.open({ agencyId, webhookId: id }, webhook.url);
      const columns = this.settings.columns(
        input,
        { agencyId, webhookId: id },
        Object.assign({}, webhook, { url: before }),
      );
      const switchedOn = input.is_active === true && !webhook.isActive;
      await changeWebhook(manager, webhook, {
        ...columns,
        ...(await this.#inbox(manager, agencyId, input.url)),
        ...(switchedOff && { ...OFF, undoUntil: this.#undoUntil(webhook) }),
        ...(switchedOn && ON),
      });
      await setFlow(manager, Object.assign({}, webhook, columns));
      if (input.recipients !== undefined) await this.recipients.set(manager, { agencyId, id }, input.recipients);
      if (switchedOn) await resetHealth(manager, webhook);
      const moved = input.url != null && input.url !== before;
      if (moved) await probeNow(manager, webhook);
      // Dropped because of the new origin.
      if (columns.headers !== undefined && !fields.includes('headers')) fields.push('headers');
      const switched = input.is_active === undefined ? {} : { is_active: input.is_active };
      const addresses = moved ? { from: maskedAddress(before ?? ''), to: maskedAddress(input.url!) } : {};
      await this.#record(manager, actor, 'webhook.updated', { id, details: { fields, ...switched, ...addresses } });
    }
    return { switchedOff, ...(await this.view.get(manager, actor, id)) };
  }

  async #create(
    manager: EntityManager,
    actor: AgencyActor,
    input: CreateWebhook,
    externalKey: string | null = null,
  ): Promise<Versioned<CreatedWebhookResponse>> {
    const { agencyId } = actor;
    await requireQuota(manager, agencyId);
    const id = uuidv7();
    const at = { agencyId, webhookId: id };
    const secret = newSecret();
    const columns = this.settings.columns(input, at, null);
    await manager.insert(Webhook, {
      id,
      agencyId,
      externalKey,
      ...columns,
      ...(await this.#inbox(manager, agencyId, input.url)),
      secret: encryptSecret(this.keyring, at, secret),
      secretLast4: last4(secret),
    });
    const flow = { kind: columns.kind!, pace: columns.pace ?? null, style: columns.style ?? null };
    await setFlow(manager, { id, agencyId, ...flow });
    await this.#record(manager, actor, 'webhook.created', { id, details: { events: input.events } });
    if (input.recipients !== undefined) await this.recipients.set(manager, { agencyId, id }, input.recipients);
    const { version, body } = await this.view.get(manager, actor, id);
    return { version, body: { ...body, secret: isTool(body.kind) ? null : secret } };
  }

  /** The test inbox at the address, if it is one. Throws AppError validation_failed if it is not one of the agency. */
  async #inbox(manager: EntityManager, agencyId: string, url: string | null | undefined): Promise<Partial<Webhook>> {
    if (url == null) return {};
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
}

/**
 * Locked by whatever adds or restores a webhook with this key. Not an upsert, because an equal request must write
 * nothing, and a new webhook is encrypted under its id, counted against the quota and audited.
 */
const keyName = (agencyId: string, externalKey: string) => `webhook ${agencyId} ${externalKey}`;

/** The fields and headers of a request in a fixed order: equal requests serialise equally. */
const canonical = ({ headers, ...fields }: CreateWebhook): unknown[] => [sorted(fields), sorted(headers ?? {})];

const sorted = (fields: object): [string, unknown][] =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
