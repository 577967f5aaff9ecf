import { Injectable } from '@nestjs/common';
import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../auth/actor.js';
import { uuidFloor, uuidv7 } from '../lib/ids.js';
import { AuditEntry } from './audit-entry.entity.js';

/** Who acted: a caller, or a shared link, whose holder is not known. */
export type AuditActor = Pick<Actor, 'id' | 'name' | 'agencyId'> & { kind: Actor['kind'] | 'link' };

/** Small facts, such as the names of changed fields; never a secret, a key or a candidate's data. */
export type AuditDetails = Record<string, unknown>;

interface AuditRecord {
  /** `<what>.<past participle>`, such as `webhook.created`. */
  action: string;
  /** Required if the actor has no agency: a service, or the system. */
  agencyId?: string;
  targetKind?: string;
  targetId?: string;
  details?: AuditDetails;
}

/** The append-only audit log: no role may change an entry, or delete one younger than a year. */
@Injectable()
export class AuditLog {
  /**
   * Writes in the caller's transaction, so that the change and its record are atomic. `actor` null: the system, that is
   * the command line or the engine.
   */
  async record(manager: EntityManager, actor: AuditActor | null, entry: AuditRecord): Promise<void> {
    const agencyId = actor?.agencyId ?? entry.agencyId;
    if (!agencyId) throw new Error(`audit entry ${entry.action} names no agency`);
    await manager.insert(AuditEntry, {
      id: uuidv7(),
      agencyId,
      actorKind: actor?.kind ?? 'system',
      actorId: actor?.id ?? null,
      actorName: actor?.name ?? null,
      action: entry.action,
      targetKind: entry.targetKind ?? null,
      targetId: entry.targetId ?? null,
      details: entry.details ?? {},
    });
  }
}

const YEAR_MS = 365 * 86_400_000;

/**
 * Deletes entries older than a year and returns their number. `owner` is a connection as the owner of the schema. The
 * database decides by its own clock: a policy hides younger rows from the owner. The bound on the id, which contains
 * the time, only avoids reading them.
 */
export async function dropAuditEntries(owner: ClientBase, nowMs: number): Promise<number> {
  const { rowCount } = await owner.query('delete from audit_log where id < $1', [uuidFloor(nowMs - YEAR_MS)]);
  return rowCount ?? 0;
}
