import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { subscriptionProblems } from '../../events/catalogue/catalogue.js';
import { validationFailed } from '../../http/field-errors.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { uuidv7 } from '../../lib/ids.js';
import { Keyring } from '../../lib/keyring.js';
import { parseUrl } from '../../lib/parse-url.js';
import { Changes } from '../engine/changes.js';
import { PendingDrops } from '../engine/queue/pending-drops.js';
import type { WebhookRef } from '../engine/queue/claimed-delivery.js';
import { LISTENER_ANSWERS, type ListenerAnswer } from '../engine/send/listener-posts.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { encryptAddress, encryptSecret, last4, newSecret } from '../model/webhook-secrets.js';
import { Webhook } from '../model/webhook.entity.js';
import { changeWebhook, lockWebhook, requireQuota } from '../settings/webhook-queries.js';
import type { AnswerOfListener, CreatedListenerResponse, CreateListener, ListenerResponse } from './listeners.dto.js';

/** Payload: webhook, and its newest stream or `-` when the session has ended. */
export const LISTENER_STREAMS = 'bpoc_listener_streams';

/** The limit for headers of answers from anywhere. */
const MAX_HEADER_CHARACTERS = 16 * 1024;

/**
 * Listeners: webhooks whose messages go over a stream to a program on a developer's machine, which answers them. They
 * are on while a stream is open; a minute without one ends the session.
 */
@Injectable()
export class Listeners {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly drops: PendingDrops,
    private readonly addresses: WebhookAddresses,
  ) {}

  /** Throws AppError validation_failed or too_many_webhooks. */
  async create(actor: AgencyActor, { url, events = ['*'] }: CreateListener): Promise<CreatedListenerResponse> {
    const { agencyId } = actor;
    requireAddress(url);
    const problems = subscriptionProblems(events);
    if (problems.length > 0) throw validationFailed(problems);
    const [id, secret] = [uuidv7(), newSecret()];
    const at = { agencyId, webhookId: id };
    const subscribed = [...new Set(events)];
    await this.transaction.run(agencyId, async (manager) => {
      await requireQuota(manager, agencyId);
      await manager.insert(Webhook, {
        id,
        agencyId,
        kind: 'listen',
        description: 'Listener',
        events: subscribed,
        url: encryptAddress(this.keyring, at, url),
        secret: encryptSecret(this.keyring, at, secret),
        secretLast4: last4(secret),
      });
      await manager.query('insert into listeners (webhook_id, agency_id) values ($1, $2)', [id, agencyId]);
      // Nothing is claimed until a stream is open.
      await manager.query(
        `insert into webhook_health (webhook_id, agency_id, unheard_until) values ($1, $2, 'infinity')`,
        [id, agencyId],
      );
      await this.#record(manager, actor, 'webhook.created', { id, details: { events, kind: 'listen' } });
    });
    this.changes.webhook(agencyId, id);
    return { id, url, events: subscribed, secret, secret_last4: last4(secret) };
  }

  /** Turns a listener whose session has ended on again. Throws AppError not_found. */
  async resume(actor: AgencyActor, id: string): Promise<ListenerResponse> {
    const { agencyId } = actor;
    const response = await this.transaction.run(agencyId, async (manager) => {
      const webhook = await lockListener(manager, agencyId, id);
      await manager.query('update listeners set seen_at = now() where webhook_id = $1 and agency_id = $2', [
        id,
        agencyId,
      ]);
      if (!webhook.isActive) {
        await changeWebhook(manager, webhook, { isActive: true, offReason: null, offAt: null });
        await this.#record(manager, actor, 'webhook.updated', { id, details: { is_active: true } });
      }
      const url = this.addresses.shown(actor, id, webhook.url!, webhook.kind);
      return { id, url, events: webhook.events, secret_last4: webhook.secretLast4 };
    });
    this.changes.webhook(agencyId, id);
    return response;
  }

  /** Ends the session. What is pending is skipped. Throws AppError not_found. */
  async end(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      // Locked first, as by settle.
      await manager.query('select from webhook_health where webhook_id = $1 and agency_id = $2 for update', [
        id,
        agencyId,
      ]);
      await lockListener(manager, agencyId, id);
      const ended = await endSessions(manager, 'w.id = $1', [id]);
      if (ended.length === 0) return;
      await this.#record(manager, actor, 'webhook.switched_off', { id, details: { off_reason: 'session_ended' } });
      await manager.query('select pg_notify($1, $2)', [LISTENER_STREAMS, `${id} -`]);
    });
    this.changes.webhook(agencyId, id);
    await this.drops.drop({ agencyId, webhookId: id });
  }

  /** Throws AppError validation_failed, or not_owed when the attempt is over. */
  async answer(actor: AgencyActor, id: string, asked: AnswerOfListener): Promise<void> {
    const { agencyId } = actor;
    const at = [agencyId, id, asked.request_id];
    await this.transaction.run(agencyId, async (manager) => {
      await findListener(manager, agencyId, id);
      const waiting = await manager.query<unknown[]>(
        `select from listener_requests where agency_id = $1 and webhook_id = $2 and id = $3 and answer is null
         for update`,
        at,
      );
      if (waiting.length === 0) throw new AppError('not_owed', 'This attempt is over: its answer came too late.');
      const answer = JSON.stringify(answerOf(asked));
      await manager.query(
        'update listener_requests set answer = $4 where agency_id = $1 and webhook_id = $2 and id = $3',
        [...at, answer],
      );
      await manager.query('select pg_notify($1, $2)', [LISTENER_ANSWERS, asked.request_id]);
    });
  }

  #record(
    manager: EntityManager,
    actor: AgencyActor,
    action: string,
    { id, details }: { id: string; details: Record<string, unknown> },
  ): Promise<void> {
    return this.audit.record(manager, actor, { action, targetKind: 'webhook', targetId: id, details });
  }
}

/**
 * Switches off the listeners that meet the condition over `w` (webhooks) and `l` (listeners); returns those that were
 * on. Locks their health first, as settle does.
 */
export function endSessions(manager: EntityManager, condition: string, values: unknown[]): Promise<WebhookRef[]> {
  return manager.query(
    `with listening as materialized (
       select w.id from webhooks w join listeners l on l.webhook_id = w.id
       where w.kind = 'listen' and w.is_active and w.deleted_at is null and ${condition}
     ), closed as (
       update webhook_health h set unheard_until = 'infinity' where h.webhook_id in (select id from listening)
       returning h.webhook_id
     ), ended as (
       update listeners l set stream = null, seen_at = now() where l.webhook_id in (select webhook_id from closed)
     ), off as (
       update webhooks w set is_active = false, off_reason = 'session_ended', off_at = now(), version = version + 1,
         updated_at = now()
       where w.id in (select webhook_id from closed) and w.is_active returning w.id, w.agency_id
     )
     select id as "webhookId", agency_id as "agencyId" from off`,
    values,
  );
}

/** The locked webhook of a listener. Throws AppError not_found, also for any other webhook. */
export async function lockListener(manager: EntityManager, agencyId: string, id: string): Promise<Webhook> {
  return requireListener(await lockWebhook(manager, agencyId, id));
}

async function findListener(manager: EntityManager, agencyId: string, id: string): Promise<Webhook> {
  return requireListener(await manager.findOneBy(Webhook, { id, agencyId, deletedAt: IsNull() }));
}

function requireListener(webhook: Webhook | null): Webhook {
  if (webhook?.kind !== 'listen') throw new AppError('not_found', 'Listener not found.');
  return webhook;
}

function requireAddress(url: string): void {
  const parsed = parseUrl(url);
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    throw fieldError('url', 'invalid', 'url must be a web address such as http://localhost:3000/webhooks/bpoc');
}

function answerOf({ status, headers = {}, body = '', truncated = false, failure }: AnswerOfListener): ListenerAnswer {
  if ((status === undefined) === (failure === undefined))
    throw fieldError('status', 'one_of', 'Give either status or failure.');
  if (failure !== undefined) return { failure };
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  if (entries.some(([, value]) => typeof value !== 'string'))
    throw fieldError('headers', 'invalid', 'headers must be an object of texts');
  if (entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_HEADER_CHARACTERS)
    throw fieldError('headers', 'too_long', 'headers must have at most 16 KiB');
  return { status: status!, headers: Object.fromEntries(entries), body, encoding: 'utf-8', truncated };
}
