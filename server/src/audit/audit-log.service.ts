import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../auth/actor.js';
import { uuidv7 } from '../lib/ids.js';

/** `details` are small facts such as changed field names; never a secret, a key or a candidate's data. */
export interface AuditRecord {
  /** `<what>.<past participle>`, such as `webhook.created`. */
  action: string;
  /** Required where the actor has no agency: a service, or the system. */
  agencyId?: string;
  targetKind?: string;
  targetId?: string;
  details?: Record<string, unknown>;
}

/** The append-only audit log: no role may change an entry, or delete one younger than a year. */
@Injectable()
export class AuditLog {
  /**
   * Writes in the caller's transaction, so that change and record are atomic. `actor` null is the system: the command
   * line or the engine.
   */
  async record(manager: EntityManager, actor: Actor | null, entry: AuditRecord): Promise<void> {
    const agencyId = actor?.agencyId ?? entry.agencyId;
    if (!agencyId) throw new Error(`audit entry ${entry.action} names no agency`);
    await manager.query(
      `insert into audit_log (id, agency_id, actor_kind, actor_id, actor_name, action, target_kind, target_id, details)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        uuidv7(),
        agencyId,
        actor?.kind ?? 'system',
        actor?.id ?? null,
        actor?.name ?? null,
        entry.action,
        entry.targetKind ?? null,
        entry.targetId ?? null,
        JSON.stringify(entry.details ?? {}),
      ],
    );
  }
}
