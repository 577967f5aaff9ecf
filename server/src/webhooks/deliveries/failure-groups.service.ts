import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { systemClock } from '../../lib/clock.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import type { Reason } from '../model/reasons.js';
import { conditionsOf, type Conditions } from './delivery-filter.js';
import { COUNT_CAP } from './delivery-queries.js';
import type { FailureGroupResponse, FailureGroupsQuery, FailureGroupsResponse } from './failure-groups.dto.js';

const DAY_MS = 86_400_000;

interface GroupRow {
  webhook_id: string;
  url: string;
  description: string;
  is_active: boolean;
  deleted: boolean;
  reason: Reason;
  failed: number;
  retrying: number;
  first_at: Date;
  last_at: Date;
  oldest_id: string;
  newest_id: string;
  /** Whether there are more than were read; of all groups together. */
  capped: boolean;
}

/** What goes wrong, put together by webhook and reason: the first thing to look at when many deliveries fail. */
@Injectable()
export class FailureGroups {
  constructor(private readonly transaction: TenantTransaction) {}

  async list({ agencyId }: AgencyActor, query: FailureGroupsQuery): Promise<FailureGroupsResponse> {
    const { to = new Date(systemClock.now()).toISOString(), webhook_id } = query;
    const { from = new Date(Math.max(0, Date.parse(to) - DAY_MS)).toISOString() } = query;
    const conditions = conditionsOf({ from, to, ...(webhook_id !== undefined && { webhook_id }) });
    const rows = await this.transaction.run(agencyId, (manager) => findGroups(manager, agencyId, conditions));
    return {
      data: rows.map(groupJson),
      from: instant(from),
      to: instant(to),
      capped: rows.some((row) => row.capped),
    };
  }
}

/** Nothing is older than 1970, and a year before 0 has no spelling in RFC 3339. */
const instant = (time: string): string => new Date(Math.max(0, Date.parse(time))).toISOString();

/**
 * Each state by itself, written into the text: only so the partial index on (agency_id, odd_state, id) is used, newest first, and the read ends at
 * the cap (20,000 rows of 200,000 deliveries: 35 ms).
 */
function findGroups(
  manager: EntityManager,
  agencyId: string,
  { webhookId, fromId, beforeId }: Conditions,
): Promise<GroupRow[]> {
  const newest = (state: 'failed' | 'retrying') => `(
    select d.id, d.webhook_id, d.state, d.last_reason, d.created_at, row_number() over (order by d.id desc) as n from webhook_deliveries d
    where d.agency_id = $1 and d.odd_state = '${state}' and not d.test and d.id >= $2 and d.id < $3 and ($4::uuid is null or d.webhook_id = $4)
    order by d.id desc limit ${COUNT_CAP + 1})`;
  return manager.query(
    `with failures as (${newest('failed')} union all ${newest('retrying')}),
     groups as (
       select webhook_id, coalesce(last_reason, 'our_fault') as reason,
         (count(*) filter (where state = 'failed'))::int as failed, (count(*) filter (where state = 'retrying'))::int as retrying,
         min(created_at) as first_at, max(created_at) as last_at, min(id::text) as oldest_id, max(id::text) as newest_id
       from failures where n <= ${COUNT_CAP} group by webhook_id, reason
     )
     select g.*, w.url, w.description, w.is_active, w.deleted_at is not null as deleted,
       exists (select from failures where n > ${COUNT_CAP}) as capped
     from groups g join webhooks w on w.id = g.webhook_id and w.agency_id = $1
     order by g.failed + g.retrying desc, g.newest_id desc`,
    [agencyId, fromId, beforeId, webhookId],
  );
}

function groupJson(row: GroupRow): FailureGroupResponse {
  const { webhook_id: id, url, description, is_active, deleted, failed, retrying } = row;
  return {
    webhook: { id, url, description, is_active, deleted },
    reason: row.reason,
    count: failed + retrying,
    failed,
    retrying,
    first_at: row.first_at.toISOString(),
    last_at: row.last_at.toISOString(),
    oldest_delivery_id: row.oldest_id,
    newest_delivery_id: row.newest_id,
  };
}
