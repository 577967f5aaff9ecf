import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, In, Raw, type SelectQueryBuilder } from 'typeorm';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { ENV, type Env } from '../../config/env.js';
import { DAY_MS } from '../../lib/time.js';
import { AppError, fieldError } from '../../lib/app-error.js';
import { ConcurrencyLimits } from '../../lib/concurrency-limit.js';
import { uuidv7 } from '../../lib/ids.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { tooManyRequests } from '../../http/attempt-limit.js';
import { pageOf, type Page } from '../../http/keyset-page.js';
import { Changes } from '../engine/changes.js';
import type { RecordRef } from '../../events/records/labels.js';
import { conditionsOf } from '../deliveries/delivery-filter.js';
import { Names } from '../deliveries/names.js';
import { pageStatement, withEvent } from '../deliveries/delivery-sql.js';
import { deliveryId } from '../engine/queue/publish-plan.js';
import { getStoredWebhook } from '../settings/webhook-queries.js';
import { findPast } from './past-events.js';
import {
  type IncludePast,
  MAX_PLANNED,
  MAX_PLANS,
  MAX_SHOWN,
  RECOVERABLE_STATES,
  type RecoveriesQuery,
  type RecoveryFilter,
  type RecoveryPlanResponse,
  type RecoveryResponse,
} from './recoveries.dto.js';
import { BATCH } from './recovery-runner.js';
import { Recovery, type RecoveryState } from './recovery.entity.js';

/** A plan may read a great many messages. A person who changes the days waits for the plan before. */
const PAST_PLANS = {
  atOnce: 1,
  maxWaiting: 2,
  refusal: () => tooManyRequests('Three plans of past events are being created for this agency.', 10),
};

interface PlanRow {
  matching: number;
  planned: number;
  webhook_off: number;
  purged: number;
}

/**
 * Bulk resends, and past events for a webhook: first a plan, which fixes the deliveries, then a run of exactly that
 * plan.
 */
@Injectable()
export class Recoveries {
  readonly #pastPlans = new ConcurrencyLimits(PAST_PLANS);

  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
    private readonly changes: Changes,
    private readonly names: Names,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Finds and stores the deliveries to send. Throws AppError validation_failed, also if the filter matches too many.
   */
  async plan(actor: AgencyActor, filter: RecoveryFilter): Promise<RecoveryPlanResponse> {
    const { agencyId } = actor;
    const id = uuidv7();
    const row = await this.transaction.run(agencyId, async (manager) => {
      await deleteOldPlans(manager, agencyId);
      const named = await this.names.search(manager, actor, filter.q);
      const made = await insertPlan(manager, actor, { id, filter, named });
      if (made.matching > MAX_PLANNED) {
        const message = `filter matches more than ${MAX_PLANNED} deliveries: narrow it, for example with from and to`;
        throw fieldError('filter', 'too_many', message);
      }
      return made;
    });
    const left_out = { webhook_off: row.webhook_off, purged: row.purged, conditions: 0, in_log: 0 };
    return { plan_id: id, count: row.planned, left_out, per_second: BATCH, first: [] };
  }

  /**
   * Finds and stores the events that a webhook did not get. Throws AppError not_found, too_many_requests, or
   * validation_failed, also if there are too many.
   */
  async planPast(actor: AgencyActor, { webhook_id, days }: IncludePast): Promise<RecoveryPlanResponse> {
    const { agencyId } = actor;
    const { retentionDays } = this.env;
    if (days > retentionDays)
      throw fieldError('include_past.days', 'max', `days must be at most ${retentionDays}, as long as events are kept`);
    const id = uuidv7();
    const plan = async (manager: EntityManager): Promise<RecoveryPlanResponse> => {
      await deleteOldPlans(manager, agencyId);
      const webhook = await getStoredWebhook(manager, agencyId, webhook_id);
      const { events: found, leftOut } = await findPast(manager, webhook, Date.now() - days * DAY_MS);
      const events = webhook.isActive ? found : [];
      const deliveries = events
        .map((event) => ({ eventId: event.id, id: deliveryId(event.id, webhook.id) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      await manager.insert(Recovery, {
        id,
        agencyId,
        createdBy: actor.name,
        webhookId: webhook.id,
        eventIds: deliveries.map(({ eventId }) => eventId),
        deliveryIds: deliveries.map((delivery) => delivery.id),
      });
      const first = await this.names.about(manager, actor, events.slice(0, MAX_SHOWN), (event) => event.id);
      const left_out = { webhook_off: found.length - events.length, ...leftOut };
      return { plan_id: id, count: events.length, left_out, per_second: BATCH, first };
    };
    return this.#pastPlans.run(agencyId, () => this.transaction.run(agencyId, plan));
  }

  /**
   * Starts a plan. Its first batch is sent when the time to undo is over; running it again before that restarts the
   * time. Throws AppError not_found or plan_expired.
   */
  async run(actor: AgencyActor, id: string): Promise<RecoveryResponse> {
    const { agencyId } = actor;
    const recovery = await this.transaction.run(agencyId, async (manager) => {
      const beginsAt = () => `now() + interval '${this.env.undoMs} milliseconds'`;
      const { affected: started } = await manager
        .createQueryBuilder()
        .update(Recovery)
        .set({ state: 'running', startedAt: () => 'now()', nextBatchAt: () => 'now()', beginsAt })
        .where({ id, agencyId, state: 'planned' })
        .andWhere(`created_at > now() - interval '1 day'`)
        .execute();
      const waits = { id, agencyId, state: 'running', beginsAt: Raw((column) => `${column} > now()`) } as const;
      if (!started) await manager.update(Recovery, waits, { beginsAt });
      const recovery = await getRecovery(manager, agencyId, id);
      if (recovery.status === 'planned')
        throw new AppError(
          'plan_expired',
          'This plan is older than a day: what it found may no longer be true. Create a new one.',
        );
      if (started) await this.#record(manager, actor, 'recovery.started', recovery);
      return recovery;
    });
    this.changes.recovery(agencyId, id);
    return recovery;
  }

  /** Started recoveries, newest first. */
  list({ agencyId }: AgencyActor, query: RecoveriesQuery): Promise<Page<RecoveryResponse>> {
    const { status } = query;
    return pageOf(query, ({ before, limit }) =>
      this.transaction.run(agencyId, (manager) => {
        const started = selectRecoveries(manager, agencyId).andWhere(`r.state <> 'planned'`);
        if (status) started.andWhere('r.state = :status', { status });
        if (before !== null) started.andWhere('r.id < :before', { before });
        return started.orderBy('r.id', 'DESC').limit(limit).getRawMany<RecoveryResponse>();
      }),
    );
  }

  /** Throws AppError not_found. */
  get({ agencyId }: AgencyActor, id: string): Promise<RecoveryResponse> {
    return this.transaction.run(agencyId, (manager) => getRecovery(manager, agencyId, id));
  }

  /** Stops after the current batch; deliveries that were resent stay so. Throws AppError not_found. */
  async stop(actor: AgencyActor, id: string): Promise<void> {
    const { agencyId } = actor;
    await this.transaction.run(agencyId, async (manager) => {
      const active = { id, agencyId, state: In<RecoveryState>(['planned', 'running']) };
      const { affected: stopped } = await manager.update(Recovery, active, {
        state: 'stopped',
        finishedAt: () => 'now()',
      });
      const recovery = await getRecovery(manager, agencyId, id);
      if (stopped) await this.#record(manager, actor, 'recovery.stopped', recovery);
    });
    this.changes.recovery(agencyId, id);
  }

  #record(manager: EntityManager, actor: AgencyActor, action: string, recovery: RecoveryResponse) {
    const { id, count, resent, webhook_id } = recovery;
    const details = { count, resent, ...(webhook_id && { webhook_id }) };
    return this.audit.record(manager, actor, { action, targetKind: 'recovery', targetId: id, details });
  }
}

/**
 * A plan may take 320 KB, so stale plans and all but the newest are deleted. Started recoveries are deleted after 30
 * days, with the deliveries in them. An expired plan is kept another day to answer `plan_expired`.
 */
async function deleteOldPlans(manager: EntityManager, agencyId: string): Promise<void> {
  await manager.query(
    `delete from recoveries where agency_id = $1
       and (state = 'planned' and created_at < now() - interval '2 days'
         or state <> 'running' and created_at < now() - interval '30 days'
         or id in (select id from recoveries where agency_id = $1 and state = 'planned' order by id desc offset $2))`,
    [agencyId, MAX_PLANS - 1],
  );
}

/** One statement, so that the counts and the stored plan agree. */
async function insertPlan(
  manager: EntityManager,
  actor: AgencyActor,
  { id, filter, named }: { id: string; filter: RecoveryFilter; named: readonly RecordRef[] },
): Promise<PlanRow> {
  // Fields may be null in JSON, unlike in a query string. Tests are never resent, not even if filtered by event.
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value != null));
  const conditions = conditionsOf({ status: [...RECOVERABLE_STATES], ...given, named, test: 'false' });
  const page = { before: null, limit: MAX_PLANNED + 1 };
  const { sql, parameters } = pageStatement(actor.agencyId, conditions, page, {
    columns: `d.id, case when not w.is_active or w.deleted_at is not null then 'webhook_off'
      when e.id is null then 'purged' end as obstacle`,
    joins: withEvent('s.id', ' and s.body is not null'),
  });
  const value = (one: unknown) => `$${parameters.push(one)}`;
  const [row] = await manager.query<PlanRow[]>(
    `with checked as materialized (${sql}), kept as (
       insert into recoveries (id, agency_id, created_by, delivery_ids)
       select ${value(id)}, $1, ${value(actor.name)},
         coalesce(array_agg(id order by id) filter (where obstacle is null), '{}') from checked
     )
     select count(*)::int as matching, (count(*) filter (where obstacle is null))::int as planned,
       (count(*) filter (where obstacle = 'webhook_off'))::int as webhook_off,
       (count(*) filter (where obstacle = 'purged'))::int as purged
     from checked`,
    parameters,
  );
  return row!;
}

/** A row is a RecoveryResponse. recovery-runner.ts keeps `delivered` and `failed` up to date. */
function selectRecoveries(manager: EntityManager, agencyId: string): SelectQueryBuilder<Recovery> {
  return manager
    .createQueryBuilder(Recovery, 'r')
    .select(
      `r.id, r.webhook_id, r.state as status, cardinality(r.delivery_ids) as count, r.resent, r.passed_over,
       r.delivered, r.failed, r.retrying, exists (
         select from webhook_health h
         where h.agency_id = r.agency_id and h.webhook_id = any(r.probed) and h.paused_until is not null
       ) as paused, r.created_by, r.created_at, r.started_at, r.begins_at, r.finished_at`,
    )
    .where('r.agencyId = :agencyId', { agencyId });
}

export function findRecoveries(manager: EntityManager, agencyId: string, ids: string[]): Promise<RecoveryResponse[]> {
  return selectRecoveries(manager, agencyId).andWhere('r.id = any(:ids)', { ids }).getRawMany();
}

async function getRecovery(manager: EntityManager, agencyId: string, id: string): Promise<RecoveryResponse> {
  const [recovery] = await findRecoveries(manager, agencyId, [id]);
  if (!recovery) throw new AppError('not_found', 'Plan or resend not found.');
  return recovery;
}
