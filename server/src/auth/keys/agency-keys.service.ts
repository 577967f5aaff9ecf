import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull, LessThan } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { type Page, type PageQuery, pageOf } from '../../http/keyset-page.js';
import type { AgencyActor } from '../actor.js';
import { ApiKey } from './api-key.entity.js';
import type { ApiKeyResponse, ApiKeyWithTokenResponse, CreateApiKey } from './api-keys.dto.js';
import { ApiKeys } from './api-keys.service.js';
import { Removals } from '../removals.js';
import { hasRole } from '../role.js';

const isActive = (agencyId: string) => ({ agencyId, kind: 'key' as const, revokedAt: IsNull() });

/** The API keys of an agency. Revoked keys are not listed; the audit log has their history. */
@Injectable()
export class AgencyKeys {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly keys: ApiKeys,
    private readonly removals: Removals,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first. */
  list({ agencyId }: AgencyActor, query: PageQuery): Promise<Page<ApiKeyResponse>> {
    return pageOf(query, async ({ before, limit }) => {
      const where = { ...isActive(agencyId), ...(before !== null && { id: LessThan(before) }) };
      const keys = await this.transaction.run(agencyId, (manager) =>
        manager.find(ApiKey, { where, order: { id: 'DESC' }, take: limit }),
      );
      return keys.map(keyJson);
    });
  }

  /**
   * Returns the token, only this once. Throws AppError forbidden for a role above the caller's, or validation_failed.
   */
  create(actor: AgencyActor, body: CreateApiKey): Promise<ApiKeyWithTokenResponse> {
    return this.transaction.run(actor.agencyId, (manager) => this.issue(manager, actor, body));
  }

  /** `create` in the caller's transaction. `how` the key came about is added to the audit entry. */
  async issue(
    manager: EntityManager,
    actor: AgencyActor,
    body: CreateApiKey,
    how: Record<string, string> = {},
  ): Promise<ApiKeyWithTokenResponse> {
    const { agencyId } = actor;
    const { name, role } = body;
    const expiresAt = requireIssuable(actor, body);
    const about = { name, agencyId, role, createdBy: actor.name, ...(expiresAt && { expiresAt }) };
    const { id, token } = await this.keys.issueKey(manager, about);
    const details = { name, role, expires_at: expiresAt?.toISOString() ?? null, ...how };
    await this.audit.record(manager, actor, { action: 'key.created', targetKind: 'key', targetId: id, details });
    return { ...keyJson(await getKey(manager, agencyId, id)), token };
  }

  /**
   * Revokes a key of any role, along with the links that it shared: any admin who notices a leak must be able to stop
   * it. Throws AppError not_found.
   */
  async revoke(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    const after = await this.transaction.run(agencyId, async (manager) => {
      const { name, role } = await getKey(manager, agencyId, id);
      await manager.update(ApiKey, { id, agencyId }, { revokedAt: () => 'now()' });
      const details = { name, role };
      await this.audit.record(manager, actor, { action: 'key.revoked', targetKind: 'key', targetId: id, details });
      return this.removals.run(manager, { agencyId, id, email: null }, actor);
    });
    after();
    this.keys.forgetVerified();
  }

  /** Revokes the presented key, whatever its role. Anything else is ignored. */
  async revokePresented(key: string): Promise<void> {
    const actor = await this.keys.verify(key);
    if (actor?.kind !== 'key') return;
    await this.revoke(actor as AgencyActor, actor.id).catch((error: unknown) => {
      // It was revoked in the meantime.
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
    });
  }
}

/** Locks a key that is not revoked, so that one of two concurrent revocations fails. Throws AppError not_found. */
async function getKey(manager: EntityManager, agencyId: string, id: string): Promise<ApiKey> {
  const where = { ...isActive(agencyId), id };
  const key = await manager.findOne(ApiKey, { where, lock: { mode: 'pessimistic_write' } });
  if (!key) throw new AppError('not_found', 'Key not found.');
  return key;
}

/**
 * The time at which the key would expire. Throws AppError forbidden for a role above the caller's, or
 * validation_failed.
 */
export function requireIssuable(
  actor: AgencyActor,
  { role, expires_at }: Pick<CreateApiKey, 'role' | 'expires_at'>,
): Date | null {
  if (!hasRole(actor.role, role))
    throw new AppError('forbidden', `A key cannot have a role above your own: yours is ${actor.role}.`);
  return expiryOf(expires_at);
}

function expiryOf(text: string | null | undefined): Date | null {
  if (text == null) return null;
  const at = new Date(text);
  if (at.getTime() <= Date.now()) throw fieldError('expires_at', 'in_the_past', 'expires_at must be in the future');
  return at;
}

function keyJson(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    role: key.role!,
    last4: key.last4,
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    expired: key.expiresAt !== null && key.expiresAt <= new Date(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  } satisfies ApiKeyResponse;
}
