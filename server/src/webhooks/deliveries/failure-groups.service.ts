import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DAY_MS } from '../../lib/time.js';
import type { AgencyActor } from '../../auth/actor.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { WebhookAddresses } from '../model/webhook-addresses.js';
import { conditionsOf, type Conditions } from './delivery-filter.js';
import { COUNT_CAP } from './delivery-queries.js';
import { WEBHOOK } from './delivery-sql.js';
import type { FailureGroupResponse, FailureGroupsQuery, FailureGroupsResponse } from './failure-groups.dto.js';

/** `capped`: there are more failures than were read, over all groups. */
type GroupRow = FailureGroupResponse & { capped: boolean };

/** Failures grouped by webhook and reason. */
@Injectable()
export class FailureGroups {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly addresses: WebhookAddresses,
  ) {}

  async list(actor: AgencyActor, query: FailureGroupsQuery): Promise<FailureGroupsResponse> {
    const { agencyId } = actor;
    const { to = new Date().toISOString(), webhook_id } = query;
    const { from = new Date(Math.max(0, Date.parse(to) - DAY_MS)).toISOString() } = query;
    const conditions = conditionsOf({ from, to, ...(webhook_id !== undefined && { webhook_id }) });
    const rows = await this.transaction.run(agencyId, (manager) => findGroups(manager, agencyId, conditions));
    let capped = false;
    const data = rows.map(({ capped: cut, ...group }) => {
      capped ||= cut;
      return this.addresses.inRow(actor, group);
    });
    return { data, from: instant(from), to: instant(to), capped };
  }
}

/** Nothing is older than 1970, and RFC 3339 cannot express years before 0. */
const instant = (time: string): string => new Date(Math.max(0, Date.parse(time))).toISOString();

/**
 * One subquery per state, as a literal: only then is the partial index on (agency_id, state, id) scanned newest first,
 * and the scan ends at the cap (20,000 rows of 200,000 deliveries: 35 ms).
 */
function findGroups(
  manager: EntityManager,
  agencyId: string,
  { webhookId, fromId, beforeId }: Conditions,
): Promise<GroupRow[]> {
  const newest = (state: 'failed' | 'retrying') => `(
    select d.id, d.webhook_id, d.state, d.last_reason, row_number() over (order by d.id desc) as n
    from webhook_deliveries d
    where d.agency_id = $1 and d.state = '${state}' and not d.test and d.id >= $2 and d.id < $3
      and ($4::uuid is null or d.webhook_id = $4)
    order by d.id desc limit ${COUNT_CAP + 1})`;
  return manager.query(
    `with failures as (${newest('failed')} union all ${newest('retrying')}),
     groups as (
       select webhook_id, coalesce(last_reason, 'our_fault') as reason,
         (count(*) filter (where state = 'failed'))::int as failed,
         (count(*) filter (where state = 'retrying'))::int as retrying,
         min(id::text) as oldest_id, max(id::text) as newest_id
       from failures where n <= ${COUNT_CAP} group by webhook_id, reason
     )
     select ${WEBHOOK}, g.reason, g.failed + g.retrying as count, g.failed, g.retrying,
       uuid_time(g.oldest_id::uuid) as first_at, uuid_time(g.newest_id::uuid) as last_at,
       g.oldest_id as oldest_delivery_id, g.newest_id as newest_delivery_id,
       exists (select from failures where n > ${COUNT_CAP}) as capped
     from groups g join webhooks w on w.id = g.webhook_id and w.agency_id = $1
     order by g.failed + g.retrying desc, g.newest_id desc`,
    [agencyId, fromId, beforeId, webhookId],
  );
}
