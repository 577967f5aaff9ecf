import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { type EntityManager, IsNull } from 'typeorm';
import { Agency } from '../../agencies/agency.entity.js';
import { AuditLog, type AuditActor } from '../../audit/audit-log.service.js';
import { parseToken } from '../../auth/tokens.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { subscribes } from '../../events/catalogue/catalogue.js';
import { EVENT_TYPES } from '../../events/event-types.controller.js';
import { AttemptLimit } from '../../http/attempt-limit.js';
import { AppError } from '../../lib/app-error.js';
import { Keyring } from '../../lib/keyring.js';
import { type DeliveryRow, findAttempts, findDeliveries, getDelivery } from '../deliveries/delivery-queries.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { Webhook } from '../model/webhook.entity.js';
import { decryptSecret } from '../model/webhook-secrets.js';
import { WebhookTests } from '../settings/webhook-tests.service.js';
import { SharedLink } from './shared-link.entity.js';
import { secretState } from './shared-links.service.js';
import type {
  SharedAttemptResponse,
  SharedFailureResponse,
  SharedHandoverResponse,
  SharedPageResponse,
  SharedTestResultResponse,
} from './shared-links.dto.js';

const FAILURES = 10;
const RECENT_MS = 7 * 86_400_000;
const ANSWER_CHARACTERS = 500;
const WINDOW_MS = 15 * 60_000;

/** What a link shows to a person without an account. The token determines the agency, which all else runs as. */
@Injectable()
export class SharedPages {
  readonly #perAddress = new AttemptLimit({ attempts: 30, windowMs: WINDOW_MS });
  readonly #perLink = new AttemptLimit({ attempts: 300, windowMs: WINDOW_MS });

  constructor(
    private readonly database: ServiceDatabase,
    private readonly transaction: TenantTransaction,
    private readonly tests: WebhookTests,
    private readonly addresses: WebhookAddresses,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
  ) {}

  /** Returns the page, and stores when it was first opened. Throws AppError not_found or too_many_requests. */
  async open(ip: string, token: string): Promise<SharedPageResponse> {
    const { id, agencyId } = await this.#find(ip, token);
    return this.transaction.run(agencyId, async (manager) => {
      const { link, webhook } = await getOpen(manager, { id, agencyId });
      const first = await manager.update(SharedLink, { id, agencyId, openedAt: IsNull() }, { openedAt: () => 'now()' });
      if (first.affected) await this.#record(manager, link, 'opened');
      const { name } = await manager.findOneByOrFail(Agency, { id: agencyId });
      // Path and query may hold a key, which only the developer who sets the webhook up needs.
      const reader = { agencyId, role: link.deliveryId === null ? 'member' : 'viewer' } as const;
      return {
        agency: name,
        created_by: link.createdBy,
        expires_at: link.expiresAt,
        webhook: {
          name: webhook.description,
          url: webhook.url && this.addresses.shown(reader, webhook.id, webhook.url, webhook.kind),
          is_active: webhook.isActive,
        },
        handover: link.deliveryId === null ? await handover(manager, link, webhook) : null,
        delivery: link.deliveryId === null ? null : await delivery(manager, agencyId, link.deliveryId),
      };
    });
  }

  /** Returns the secret, once. Throws AppError not_found, secret_gone or too_many_requests. */
  async readSecret(ip: string, token: string): Promise<string> {
    const { id, agencyId } = await this.#find(ip, token);
    return this.transaction.run(agencyId, async (manager) => {
      const { link, webhook } = await getOpen(manager, { id, agencyId });
      const state = secretState(link, webhook.secretCreatedAt);
      const unread = { id, agencyId, secretReadAt: IsNull() };
      const read = state === 'waiting' && (await manager.update(SharedLink, unread, { secretReadAt: () => 'now()' }));
      if (!read || read.affected !== 1) throw new AppError('secret_gone', GONE[state === 'waiting' ? 'read' : state]);
      await this.#record(manager, link, 'secret_read');
      return decryptSecret(this.keyring, { agencyId, webhookId: webhook.id }, webhook.secret);
    });
  }

  /** Sends a test to the webhook. Throws AppError not_found or too_many_requests. */
  async test(ip: string, token: string, event: string | undefined): Promise<SharedTestResultResponse> {
    const { id, agencyId } = await this.#find(ip, token);
    const link = await this.transaction.run(
      agencyId,
      async (manager) => (await getOpen(manager, { id, agencyId })).link,
    );
    if (link.deliveryId !== null) throw noSuchLink();
    const sent = await this.tests.send({ ...actorOf(link), role: 'member' }, link.webhookId, event);
    const { delivery_id, event_id, event: type, attempt, body } = sent;
    const answer = attempt.response_body?.slice(0, ANSWER_CHARACTERS) ?? null;
    return { delivery_id, event_id, event: type, attempt: attemptJson(attempt), answer, body };
  }

  /** By primary key, before the agency is known. */
  async #find(ip: string, token: string): Promise<{ id: string; agencyId: string }> {
    const address = normalizeIp(ip, 64);
    // Counted before, and released after a success, so that parallel guesses count.
    this.#perAddress.take(address, 'Too many wrong links from this address.');
    const presented = parseToken(token);
    const found =
      presented?.kind === 'lnk' &&
      (await this.database.manager.findOneBy(SharedLink, { id: presented.id, hash: presented.hash }));
    if (!found) throw noSuchLink();
    this.#perAddress.release(address);
    this.#perLink.take(found.id, 'This link was used too often.');
    return found;
  }

  #record(manager: EntityManager, link: SharedLink, what: 'opened' | 'secret_read'): Promise<void> {
    const { deliveryId, webhookId } = link;
    const target =
      deliveryId === null
        ? { action: `webhook.link_${what}`, targetKind: 'webhook', targetId: webhookId }
        : { action: `delivery.link_${what}`, targetKind: 'delivery', targetId: deliveryId };
    return this.audit.record(manager, actorOf(link), target);
  }
}

const GONE = {
  none: 'This link does not include the secret.',
  read: 'The secret was already shown, and that works only once. Ask for a new link.',
  replaced: 'A newer secret has been created since. Ask for a new link.',
} as const;

/** The link is the actor: its holder is not known. */
function actorOf({ id, agencyId, createdBy }: SharedLink): AuditActor & { agencyId: string } {
  return { kind: 'link', id, name: `Link of ${createdBy}`, agencyId };
}

/** Throws AppError not_found if it was revoked, has expired, or its webhook was deleted. */
async function getOpen(manager: EntityManager, at: { id: string; agencyId: string }) {
  const link = await manager.findOneBy(SharedLink, at);
  const { agencyId } = at;
  const webhook = link && (await manager.findOneBy(Webhook, { id: link.webhookId, agencyId, deletedAt: IsNull() }));
  if (!webhook || link.revokedAt !== null || link.expiresAt <= new Date()) throw noSuchLink();
  return { link, webhook };
}

function noSuchLink(): AppError {
  return new AppError('not_found', 'This link has expired or is incomplete. Ask for a new one.');
}

async function handover(manager: EntityManager, link: SharedLink, webhook: Webhook): Promise<SharedHandoverResponse> {
  const { agencyId, webhookId } = link;
  const from = new Date(Date.now() - RECENT_MS).toISOString();
  const filter = { webhook_id: webhookId, status: ['failed' as const, 'retrying' as const], from };
  const failed = await findDeliveries(manager, agencyId, filter, { before: null, limit: FAILURES });
  return {
    secret: secretState(link, webhook.secretCreatedAt),
    event_types: EVENT_TYPES.data.filter(({ type }) => subscribes(webhook.events, type)),
    failures: failed.map(failureJson),
  };
}

async function delivery(manager: EntityManager, agencyId: string, id: string) {
  const { delivery: found } = await getDelivery(manager, agencyId, id);
  const timeline = await findAttempts(manager, agencyId, id);
  return { ...failureJson(found), timeline: timeline.map(attemptJson) };
}

/** Without names, record ids, contents and answers. */
function failureJson(found: DeliveryRow): Pick<SharedFailureResponse, keyof SharedFailureResponse> {
  const { id, event_id, event, created_at, status, reason, response_status, attempts } = found;
  return { delivery_id: id, event_id, event, created_at, status, reason, response_status, attempts };
}

function attemptJson(attempt: SharedAttemptResponse): SharedAttemptResponse {
  const { n, started_at, outcome, reason, response_status, duration_ms } = attempt;
  return { n, started_at, outcome, reason, response_status, duration_ms };
}
