import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DAY_MS } from '../../lib/time.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRight } from '../../auth/role.js';
import { TenantTransaction } from '../../database/tenant-transaction.js';
import { AppError } from '../../lib/app-error.js';
import { outdatedConditions } from '../destinations/conditions.js';
import { isOffByUs } from '../settings/not-delivered.js';
import { findWebhooks, getWebhook, lockWebhook, MAX_WEBHOOKS, type WebhookRow } from '../settings/webhook-queries.js';
import { healthOf } from '../settings/health-state.js';
import { excerptOf, READ_CHARACTERS } from './masked.js';
import type { ProblemAnswerResponse, WebhookProblemResponse } from './problems.dto.js';
import { WebhookProblem } from './webhook-problem.entity.js';

/** How long an acknowledgement of `some_problems` counts; one of a failing webhook counts until it works again. */
const ACKNOWLEDGED_MS = DAY_MS;

/** Problems of webhooks, and who takes care of them. Each method is one transaction that sees only this agency. */
@Injectable()
export class Problems {
  constructor(
    private readonly transaction: TenantTransaction,
    private readonly audit: AuditLog,
  ) {}

  list(actor: AgencyActor): Promise<WebhookProblemResponse[]> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      const all = await findWebhooks(manager, agencyId, { before: null, limit: MAX_WEBHOOKS });
      return problemsOf(manager, actor, all.filter(hasProblem));
    });
  }

  /** Throws AppError not_found: there is no such webhook, or it has no problem. */
  acknowledge(actor: AgencyActor, id: string, note: string | undefined): Promise<WebhookProblemResponse> {
    const change = { acknowledgedAt: new Date(), acknowledgedBy: actor.name, note: note?.trim() || null };
    return this.#set(actor, id, 'problem.acknowledged', change);
  }

  /** Throws AppError not_found. */
  withdraw(actor: AgencyActor, id: string): Promise<WebhookProblemResponse> {
    return this.#set(actor, id, 'problem.withdrawn', { acknowledgedAt: null, acknowledgedBy: null, note: null });
  }

  /** Throws AppError not_found. */
  mute(actor: AgencyActor, id: string): Promise<WebhookProblemResponse> {
    return this.#set(actor, id, 'problem.muted', { mutedAt: new Date(), mutedBy: actor.name });
  }

  /** Throws AppError not_found. */
  unmute(actor: AgencyActor, id: string): Promise<WebhookProblemResponse> {
    return this.#set(actor, id, 'problem.unmuted', { mutedAt: null, mutedBy: null });
  }

  #set(actor: AgencyActor, id: string, action: string, to: Partial<WebhookProblem>): Promise<WebhookProblemResponse> {
    const { agencyId } = actor;
    return this.transaction.run(agencyId, async (manager) => {
      await lockWebhook(manager, agencyId, id);
      const row = await getWebhook(manager, agencyId, id);
      if (!hasProblem(row)) throw new AppError('not_found', 'Nothing is wrong with this webhook.');
      // What was said about an earlier problem is dropped.
      const before = (await findCurrent(manager, agencyId, [row])).get(id);
      const about = { webhookId: id, agencyId, failingSince: startOf(row) };
      await manager.upsert(WebhookProblem, Object.assign({}, UNSET, before, to, about), ['webhookId']);
      await this.audit.record(manager, actor, { action, targetKind: 'webhook', targetId: id });
      return (await problemsOf(manager, actor, [row]))[0]!;
    });
  }
}

const UNSET = { acknowledgedAt: null, acknowledgedBy: null, note: null, mutedAt: null, mutedBy: null };

/** Whether a person has to look at it. A webhook that a person switched off is no problem. */
function hasProblem(row: WebhookRow): boolean {
  const health = healthOf(row);
  if (row.is_active && outdatedConditions(row.conditions).length > 0) return true;
  if (health === 'off') return isOffByUs(row);
  if (health === 'some_problems') return row.failures_in_a_row > 0 || row.last_24h.failed > 0;
  return health === 'failing' || health === 'paused';
}

function startOf(row: WebhookRow): Date | null {
  if (healthOf(row) === 'some_problems') return null;
  const since = row.failing_since ?? row.off_at;
  return since === null ? null : new Date(since);
}

/** What was said about the current problem of each webhook, by its id. */
async function findCurrent(
  manager: EntityManager,
  agencyId: string,
  rows: readonly WebhookRow[],
): Promise<ReadonlyMap<string, WebhookProblem>> {
  const stored = await manager.findBy(WebhookProblem, { agencyId });
  const by = new Map(stored.map((one) => [one.webhookId, one]));
  for (const row of rows) {
    const one = by.get(row.id);
    if (!one) continue;
    const newest = Math.max(one.acknowledgedAt?.getTime() ?? 0, one.mutedAt?.getTime() ?? 0);
    const since = startOf(row)?.getTime();
    const meant = one.failingSince?.getTime();
    if (since !== meant || (since === undefined && newest < Date.now() - ACKNOWLEDGED_MS)) by.delete(row.id);
  }
  return by;
}

async function problemsOf(
  manager: EntityManager,
  actor: AgencyActor,
  rows: readonly WebhookRow[],
): Promise<WebhookProblemResponse[]> {
  const current = await findCurrent(manager, actor.agencyId, rows);
  const answers = await findAnswers(manager, actor, rows);
  return rows.map(({ id }) => {
    const { acknowledgedAt, acknowledgedBy, note, mutedAt, mutedBy } = current.get(id) ?? UNSET;
    return {
      id,
      answer: answers.get(id) ?? null,
      acknowledged: acknowledgedAt && { by: acknowledgedBy!, at: acknowledgedAt, note },
      muted: mutedAt && { by: mutedBy!, at: mutedAt },
    };
  });
}

type AnswerRow = ProblemAnswerResponse & { webhook_id: string; event: string | null };

/** The last attempt of the newest undelivered delivery of each webhook. $1 agency, $2 webhooks, $3 with contents. */
const ANSWERS = /* sql */ `
select w.id as webhook_id, d.id as delivery_id, a.started_at as at, a.reason, a.status as response_status,
  case when $3 and a.response_encoding = 'utf-8' then left(a.response_body, ${READ_CHARACTERS}) end as text,
  case when $3 then e.body end as event
from unnest($2::uuid[]) as w (id)
cross join lateral (
  select x.id, x.event_id from (
    (select d.id, d.event_id from webhook_deliveries d where d.agency_id = $1 and d.state = 'retrying'
       and d.webhook_id = w.id and not d.test order by d.id desc limit 1)
    union all
    (select d.id, d.event_id from webhook_deliveries d where d.agency_id = $1 and d.state = 'failed'
       and d.webhook_id = w.id and not d.test order by d.id desc limit 1)) x
  order by x.id desc limit 1) d
cross join lateral (
  select * from webhook_attempts a where a.delivery_id = d.id and a.agency_id = $1 order by a.n desc limit 1) a
left join webhook_events e on e.id = d.event_id and e.agency_id = $1`;

async function findAnswers(
  manager: EntityManager,
  actor: AgencyActor,
  rows: readonly WebhookRow[],
): Promise<ReadonlyMap<string, ProblemAnswerResponse>> {
  const values = [actor.agencyId, rows.map(({ id }) => id), hasRight(actor, 'content.read')];
  const found = await manager.query<AnswerRow[]>(ANSWERS, values);
  return new Map(
    found.map(({ webhook_id, event, text, ...answer }) => [
      webhook_id,
      // Without the event (erased) we cannot know which values to leave out.
      { ...answer, text: text && event ? excerptOf(text, JSON.parse(event)) : null },
    ]),
  );
}
