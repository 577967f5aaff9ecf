import { Injectable } from '@nestjs/common';
import { Agency } from '../../agencies/agency.entity.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { Actor } from '../../auth/actor.js';
import { ServiceDatabase } from '../../database/service-database.js';
import { AppError } from '../../lib/app-error.js';
import type { AgencyTroubleResponse, SupportedWebhookResponse } from './support.dto.js';

/*
 * What the support team of the operator sees: ids, states and reasons of any agency, and nothing about people. Each
 * read is in the audit log of the agency.
 */

/** Counting stops here. */
const COUNT_CAP = 10_000;
const MAX_AGENCIES = 200;

const IN_TROUBLE = `h.paused_until is not null or h.failures_in_a_row >= 5
  or not w.is_active and w.off_reason not in ('person', 'session_ended')`;

/** Since when deliveries are late, because there are too few processes, or the receiver is too slow. */
const LATE = /* sql */ `
select min(due_at) as since from (
  select q.due_at from webhook_queue q
  where q.webhook_id = w.id and q.due_at < now() - interval '5 minutes'
    and w.is_active and h.paused_until is null and h.unheard_until is null and h.held_until is null
    and (f.next_at is null or f.next_at <= now() and q.due_at <= f.cutoff_at)
  limit ${COUNT_CAP}
) q`;

const TROUBLES_SQL = /* sql */ `
with trouble as materialized (
  select w.agency_id, w.id, w.is_active, h.paused_until, h.failures_in_a_row, l.since as late_since,
    coalesce(h.failing_since, l.since) as since
  from webhooks w left join webhook_health h on h.webhook_id = w.id left join webhook_flow f on f.webhook_id = w.id
  cross join lateral (${LATE}) l
  where w.deleted_at is null and w.kind <> 'listen' and (l.since is not null or ${IN_TROUBLE})
    and ($1::uuid[] is null or w.agency_id = any($1))
)
select t.agency_id, count(*) filter (where t.paused_until is not null)::int as paused,
  count(*) filter (where t.paused_until is null and t.is_active and t.failures_in_a_row >= 5)::int as failing,
  count(*) filter (where not t.is_active)::int as off, count(t.late_since)::int as late, min(t.since) as since,
  least(${COUNT_CAP}, sum(p.pending))::int as pending
from trouble t cross join lateral (
  select count(*) as pending from (select from webhook_queue q where q.webhook_id = t.id limit ${COUNT_CAP}) q
) p
group by t.agency_id order by min(t.since) nulls last limit ${MAX_AGENCIES}`;

const AGENCY_SQL = /* sql */ `
select w.id, w.kind, w.is_active, w.off_reason, w.off_at, coalesce(h.failures_in_a_row, 0) as failures_in_a_row,
  h.failing_since, h.paused_until, h.held_until, h.last_attempt_at, h.last_status, h.last_reason,
  p.pending, p.oldest_due_at
from webhooks w left join webhook_health h on h.webhook_id = w.id cross join lateral (
  select count(*)::int as pending, min(q.due_at) as oldest_due_at
  from (select due_at from webhook_queue q where q.webhook_id = w.id limit ${COUNT_CAP}) q
) p
where w.agency_id = $1 and w.deleted_at is null order by w.id`;

@Injectable()
export class Support {
  constructor(
    private readonly database: ServiceDatabase,
    private readonly audit: AuditLog,
  ) {}

  /** The agencies with problems, the oldest first. `actor`: null for the command line. */
  troubles(actor: Actor | null): Promise<AgencyTroubleResponse[]> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.query<AgencyTroubleResponse[]>(TROUBLES_SQL, [actor?.agencyIds ?? null]);
      for (const { agency_id: agencyId } of rows)
        await this.audit.record(manager, actor, { action: 'support.read', agencyId, details: { what: 'troubles' } });
      return rows;
    });
  }

  /** The webhooks of an agency. Throws AppError not_found. */
  agency(actor: Actor | null, agencyId: string): Promise<SupportedWebhookResponse[]> {
    return this.database.transaction(async (manager) => {
      const mayAct = !actor?.agencyIds || actor.agencyIds.includes(agencyId);
      if (!mayAct || !(await manager.existsBy(Agency, { id: agencyId })))
        throw new AppError('not_found', 'Agency not found.');
      await this.audit.record(manager, actor, { action: 'support.read', agencyId, details: { what: 'agency' } });
      return manager.query<SupportedWebhookResponse[]>(AGENCY_SQL, [agencyId]);
    });
  }
}
