import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, LessThan, Raw } from 'typeorm';
import type { AgencyActor } from '../auth/actor.js';
import { isUuid } from '../lib/ids.js';
import { TenantTransaction } from '../database/tenant-transaction.js';
import { type Page, pageOf } from '../http/keyset-page.js';
import { AuditEntry } from './audit-entry.entity.js';
import { ACTOR_KINDS, type AuditEntryResponse, type AuditQuery } from './audit.dto.js';

@Injectable()
export class AuditReader {
  constructor(private readonly transaction: TenantTransaction) {}

  /**
   * Newest first. Scans the index on (agency_id, id) and filters: 100,000 entries of one agency, which is a lot for a
   * year, take 47 ms over HTTP when nothing matches.
   */
  list({ agencyId }: AgencyActor, query: AuditQuery): Promise<Page<AuditEntryResponse>> {
    return pageOf(query, async ({ before, limit }) => {
      const where = { agencyId, ...(before !== null && { id: LessThan(before) }), ...filterOf(query) };
      const entries = await this.transaction.run(agencyId, (manager) =>
        manager.find(AuditEntry, { where, order: { id: 'DESC' }, take: limit }),
      );
      return entries.map(entryJson);
    });
  }
}

function filterOf({ actor, action, target }: AuditQuery): FindOptionsWhere<AuditEntry> {
  const isKind = ACTOR_KINDS.some((kind) => kind === actor);
  return {
    ...(actor !== undefined && { [isKind ? 'actorKind' : 'actorId']: actor }),
    ...(action !== undefined && { action: action.endsWith('.*') ? inGroup(action.slice(0, -2)) : action }),
    // Ids are UUIDs, kinds are words.
    ...(target !== undefined && { [isUuid(target) ? 'targetId' : 'targetKind']: target }),
  };
}

const inGroup = (group: string) => Raw((column) => `split_part(${column}, '.', 1) = :group`, { group });

function entryJson(entry: AuditEntry): AuditEntryResponse {
  const { id, at, actorKind, actorId, actorName, action, targetKind, targetId, details } = entry;
  return {
    id,
    at: at.toISOString(),
    actor: { kind: actorKind, id: actorId, name: actorName },
    action,
    target: targetKind === null ? null : { kind: targetKind, id: targetId },
    details: details as AuditEntryResponse['details'],
  };
}
