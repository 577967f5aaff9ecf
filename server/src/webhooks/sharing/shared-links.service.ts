import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type EntityManager, IsNull, MoreThan, Not } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { type Removed, Removals } from '../../auth/removals.js';
import { newToken } from '../../auth/tokens.js';
import { ENV, type Env } from '../../config/env.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { constantTimeEqual } from '../../lib/constant-time.js';
import { Keyring } from '../../lib/keyring.js';
import { getDelivery } from '../deliveries/delivery-queries.js';
import type { Webhook } from '../model/webhook.entity.js';
import { decryptSecret } from '../model/webhook-secrets.js';
import { getStoredWebhook, lockWebhook } from '../settings/webhook-queries.js';
import type { NewSharedLinkResponse, SharedLinkResponse } from './shared-links.dto.js';
import { SharedLink } from './shared-link.entity.js';

const LINK_DAYS = 7;
/** Open links of one webhook or delivery. */
const MAX_OPEN = 10;

/** What an agency shares by links. Each method is one transaction that sees only this agency. */
@Injectable()
export class SharedLinks implements OnModuleInit {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly keyring: Keyring,
    private readonly audit: AuditLog,
    private readonly removals: Removals,
    @Inject(ENV) private readonly env: Pick<Env, 'publicUrl'>,
  ) {}

  onModuleInit(): void {
    this.removals.register((manager, removed, by) => this.#endAll(manager, removed, by));
  }

  /**
   * Hands a webhook over to its developer. `secret` is what the caller has just been shown: without it the link has no
   * secret. `origin` is used if PUBLIC_URL is not set. Throws AppError not_found, kind_has_no_secret, validation_failed
   * or too_many_links.
   */
  handOver(
    actor: AgencyActor,
    webhookId: string,
    { secret, origin }: { secret: string | undefined; origin: string },
  ): Promise<NewSharedLinkResponse> {
    return this.transaction.run(actor.agencyId, async (manager) => {
      const webhook = await lockWebhook(manager, actor.agencyId, webhookId);
      if (webhook.kind !== 'endpoint') {
        throw new AppError('kind_has_no_secret', 'Only webhooks with a web address can be handed over to a developer.');
      }
      if (secret !== undefined) this.#requireKnown(webhook, secret);
      const secretCreatedAt = secret === undefined ? null : webhook.secretCreatedAt;
      const created = await this.#create(manager, actor, { webhookId, deliveryId: null, secretCreatedAt, origin });
      const details = { link: created.id, secret: secret !== undefined };
      await this.audit.record(manager, actor, { action: 'webhook.handed_over', ...ofWebhook(webhookId), details });
      return created;
    });
  }

  /** Open links that hand the webhook over, newest first. Throws AppError not_found. */
  list({ agencyId }: AgencyActor, webhookId: string): Promise<SharedLinkResponse[]> {
    return this.transaction.run(agencyId, async (manager) => {
      const { secretCreatedAt } = await getStoredWebhook(manager, agencyId, webhookId);
      const where = { agencyId, webhookId, deliveryId: IsNull(), ...OPEN() };
      const links = await manager.find(SharedLink, { where, order: { id: 'DESC' } });
      return links.map((link) => linkJson(link, secretCreatedAt));
    });
  }

  /** Ends a link. Throws AppError not_found. */
  async revoke(actor: AgencyActor, webhookId: string, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      const revoked = await revoke(manager, { id, agencyId, webhookId, deliveryId: IsNull() });
      if (revoked === 0) throw new AppError('not_found', 'Link not found, or it has expired.');
      const entry = { action: 'webhook.link_revoked', ...ofWebhook(webhookId), details: { link: id } };
      await this.audit.record(manager, actor, entry);
    });
  }

  /** Shares what happened to a delivery, without its contents. Throws AppError not_found or too_many_links. */
  share(actor: AgencyActor, deliveryId: string, origin: string): Promise<NewSharedLinkResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const { delivery } = await getDelivery(manager, agencyId, deliveryId);
      const about = { webhookId: delivery.webhook.id, deliveryId, secretCreatedAt: null, origin };
      const created = await this.#create(manager, actor, about);
      const entry = { action: 'delivery.shared', ...ofDelivery(deliveryId), details: { link: created.id } };
      await this.audit.record(manager, actor, entry);
      return created;
    });
  }

  /** Ends all links of a delivery; changes nothing when there is none. Throws AppError not_found. */
  async unshare(actor: AgencyActor, deliveryId: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      await getDelivery(manager, agencyId, deliveryId);
      const links = await revoke(manager, { agencyId, deliveryId });
      if (links === 0) return;
      const entry = { action: 'delivery.unshared', ...ofDelivery(deliveryId), details: { links } };
      await this.audit.record(manager, actor, entry);
    });
  }

  async #create(manager: EntityManager, actor: AgencyActor, about: About): Promise<NewSharedLinkResponse> {
    const { agencyId } = actor;
    const { webhookId, deliveryId, secretCreatedAt, origin } = about;
    const same = { agencyId, webhookId, deliveryId: deliveryId ?? IsNull() };
    // Expired links have no further use.
    await manager.delete(SharedLink, { agencyId, expiresAt: Not(MoreThan(new Date())) });
    if ((await manager.countBy(SharedLink, { ...same, ...OPEN() })) >= MAX_OPEN)
      throw new AppError('too_many_links', `There are ${MAX_OPEN} links already. End one first.`);
    const { id, token, hash } = newToken('lnk');
    const expiresAt = new Date(Date.now() + LINK_DAYS * 86_400_000);
    const by = { createdBy: actor.name, createdById: actor.id };
    const link = { id, agencyId, webhookId, deliveryId, hash, secretCreatedAt, expiresAt, ...by };
    await manager.insert(SharedLink, link);
    const stored = await manager.findOneByOrFail(SharedLink, { id, agencyId });
    // The token is in the fragment, which reaches no server log.
    return { ...linkJson(stored, secretCreatedAt), url: `${this.env.publicUrl ?? origin}/shared#${token}` };
  }

  /** A link ends with the access of the person or key that created it. */
  async #endAll(manager: EntityManager, { agencyId, id: createdById }: Removed, by: AgencyActor): Promise<undefined> {
    const where = { agencyId, createdById, ...OPEN() };
    const links = await manager.find(SharedLink, { where, lock: { mode: 'pessimistic_write' } });
    await revoke(manager, { agencyId, createdById });
    for (const { id: link, webhookId, deliveryId } of links) {
      const entry =
        deliveryId === null
          ? { action: 'webhook.link_revoked', ...ofWebhook(webhookId), details: { link } }
          : { action: 'delivery.unshared', ...ofDelivery(deliveryId), details: { links: 1 } };
      await this.audit.record(manager, by, entry);
    }
  }

  /** Only a caller who has just been shown the secret may pass it on: the server never shows it again. */
  #requireKnown({ id, agencyId, secret: encrypted }: Webhook, secret: string): void {
    const present = decryptSecret(this.keyring, { agencyId, webhookId: id }, encrypted);
    if (constantTimeEqual(secret, present)) return;
    throw fieldError('secret', 'not_present_secret', 'secret is not the current secret of this webhook');
  }
}

interface About {
  webhookId: string;
  deliveryId: string | null;
  secretCreatedAt: Date | null;
  origin: string;
}

const OPEN = () => ({ revokedAt: IsNull(), expiresAt: MoreThan(new Date()) });
const ofWebhook = (targetId: string) => ({ targetKind: 'webhook', targetId });
const ofDelivery = (targetId: string) => ({ targetKind: 'delivery', targetId });

/** Returns how many open links there were. */
async function revoke(manager: EntityManager, which: object): Promise<number> {
  const { affected } = await manager.update(SharedLink, { ...which, ...OPEN() }, { revokedAt: () => 'now()' });
  return affected ?? 0;
}

/** @param present when the current secret of the webhook was created */
export function secretState(link: SharedLink, present: Date | null): SharedLinkResponse['secret'] {
  if (link.secretCreatedAt === null) return 'none';
  if (link.secretReadAt !== null) return 'read';
  return link.secretCreatedAt.getTime() === present?.getTime() ? 'waiting' : 'replaced';
}

function linkJson(link: SharedLink, present: Date | null): Pick<SharedLinkResponse, keyof SharedLinkResponse> {
  const { id, createdBy: created_by, createdAt: created_at, expiresAt: expires_at, openedAt: opened_at } = link;
  return { id, secret: secretState(link, present), created_by, created_at, expires_at, opened_at };
}
