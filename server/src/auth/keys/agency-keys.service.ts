import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { isUuid } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { decodeCursor, type Page, type PageQuery, pageOf } from '../../http/keyset-page.js';
import type { AgencyActor } from '../actor.js';
import type { ApiKeyResponse, ApiKeyWithTokenResponse, CreateApiKey } from './api-keys.dto.js';
import { ApiKeys } from './api-keys.service.js';
import { hasRole, type Role } from '../role.js';

interface KeyRow {
  id: string;
  name: string;
  role: Role;
  last4: string;
  created_by: string | null;
  created_at: Date;
  expires_at: Date | null;
  expired: boolean;
  last_used_at: Date | null;
}

const SELECT_KEYS = `select id, name, role, last4, created_by, created_at, expires_at,
    coalesce(expires_at <= now(), false) as expired, last_used_at
  from api_keys where agency_id = $1 and kind = 'key' and revoked_at is null`;

/** The API keys of an agency. Revoked ones are not listed; the audit log has their history. */
@Injectable()
export class AgencyKeys {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly keys: ApiKeys,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first. */
  async list({ agencyId }: AgencyActor, { limit, cursor }: PageQuery): Promise<Page<ApiKeyResponse>> {
    const [before = null] = decodeCursor(cursor, 1, isUuid) ?? [];
    const sql = `${SELECT_KEYS} and ($2::uuid is null or id < $2) order by id desc limit $3`;
    const rows = await this.transaction.run<KeyRow[]>(agencyId, (manager) =>
      manager.query(sql, [agencyId, before, limit + 1]),
    );
    return pageOf(rows, limit, (row) => [row.id], keyJson);
  }

  /**
   * The only time the token is returned. Throws AppError forbidden for a role above the caller's, or validation_failed.
   */
  async create(actor: AgencyActor, asked: CreateApiKey): Promise<ApiKeyWithTokenResponse> {
    const { agencyId } = actor;
    const { name, role } = asked;
    if (!hasRole(actor.role, role)) {
      throw new AppError('forbidden', `A key cannot have a role above your own: yours is ${actor.role}.`);
    }
    const expiresAt = expiryOf(asked.expires_at);
    return this.transaction.run(agencyId, async (manager) => {
      const about = { name, agencyId, role, createdBy: actor.name, ...(expiresAt && { expiresAt }) };
      const { id, token } = await this.keys.issueKey(manager, about);
      const details = { name, role, expires_at: expiresAt?.toISOString() ?? null };
      await this.audit.record(manager, actor, { action: 'key.created', targetKind: 'key', targetId: id, details });
      return { ...keyJson(await getKey(manager, agencyId, id)), token };
    });
  }

  /** Revokes a key of any role: any admin who notices a leak must be able to stop it. Throws AppError not_found. */
  async revoke(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      const { name, role } = await getKey(manager, agencyId, id);
      await manager.query('update api_keys set revoked_at = now() where id = $1 and agency_id = $2', [id, agencyId]);
      const details = { name, role };
      await this.audit.record(manager, actor, { action: 'key.revoked', targetKind: 'key', targetId: id, details });
    });
    this.keys.forgetVerified();
  }
}

/** Locks a key that is not revoked: of two concurrent revocations one finds it. Throws AppError not_found. */
async function getKey(manager: EntityManager, agencyId: string, id: string): Promise<KeyRow> {
  const [row] = (await manager.query(`${SELECT_KEYS} and id = $2 for update`, [agencyId, id])) as KeyRow[];
  if (!row) throw new AppError('not_found', 'There is no such key.');
  return row;
}

function expiryOf(text: string | null | undefined): Date | null {
  if (text == null) return null;
  const at = new Date(text);
  if (at.getTime() <= Date.now()) throw fieldError('expires_at', 'in_the_past', 'expires_at must be in the future');
  return at;
}

function keyJson(row: KeyRow) {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    last4: row.last4,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    expired: row.expired,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  } satisfies ApiKeyResponse;
}
