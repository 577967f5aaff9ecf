import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { lockName } from '../../database/advisory-lock.js';
import type { PageBounds } from '../../http/keyset-page.js';
import { AppError } from '../../lib/app-error.js';
import type { WebhookBucketResponse, WebhookHourResponse, WebhookResponse } from './webhook-response.dto.js';
import { Webhook } from '../model/webhook.entity.js';

/*
 * Reads and locks of webhooks. Deleted webhooks are never found. Every statement filters by agency although row-level
 * security does too: a missing setting must not become an empty page, nor a missing filter a leak.
 */

/** The fields of the API as they are selected here, and what the computed fields need. */
export interface WebhookRow extends Omit<
  WebhookResponse,
  'header_names' | 'health' | 'not_delivered' | 'last_24h' | 'url' | 'outdated_conditions'
> {
  last_24h: Omit<WebhookResponse['last_24h'], 'hours'> & { hours: Omit<WebhookHourResponse, 'pending'>[] };
  agency_id: string;
  url: Buffer | null;
  headers: Buffer | null;
  version: number;
}

/** SQL that formats a time as `Date.toISOString` does. */
const iso = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The recipients of webhook `w`, as the API shows them. */
const RECIPIENTS = /* sql */ `case w.kind when 'email' then (
    select json_agg(json_build_object('email', r.email, 'state', r.state, 'reason', r.reason,
      'asked_at', ${iso('c.asked_at')}) order by r.email)
    from webhook_recipients r
    left join mail_consents c on c.agency_id = r.agency_id and c.email = r.email
    where r.agency_id = w.agency_id and r.webhook_id = w.id) end`;

// The last 24 hours are the current hour and the 23 before it, as in the hourly series.
const SELECT_WEBHOOKS = /* sql */ `
select w.id, w.agency_id, w.kind, w.style, w.pace,
  case when w.style is null then coalesce(w.content, '"full"'::json) end as content, w.conditions, w.url,
  ${RECIPIENTS} as recipients, w.inbox_id, w.description, w.external_key, w.events,
  w.is_active, w.off_reason,
  ${iso('w.off_at')} as off_at, w.retry_plan, w.traceparent, w.headers, w.secret_last4,
  ${iso('w.secret_created_at')} as secret_created_at,
  case when w.previous_secret_until > now() then
    json_build_object('last4', w.previous_secret_last4, 'until', ${iso('w.previous_secret_until')})
  end as previous_secret,
  -- The end of the overlap switches as well, without a write.
  w.secret_switched or (w.previous_secret_until > now()) is not true as secret_switched,
  w.version, ${iso('w.created_at')} as created_at, ${iso('w.updated_at')} as updated_at,
  coalesce(h.failures_in_a_row, 0) as failures_in_a_row, ${iso('h.failing_since')} as failing_since,
  ${iso('h.paused_until')} as paused_until,
  -- A hold that is over slows nothing down, even if nothing has been sent since.
  case when h.held_until > now() then ${iso('h.held_until')} end as held_until,
  case when h.last_attempt_at is not null then json_build_object(
    'at', ${iso('h.last_attempt_at')}, 'response_status', h.last_status, 'reason', h.last_reason)
  end as last_delivery,
  c.last_24h
from webhooks w
left join webhook_health h on h.webhook_id = w.id and h.agency_id = w.agency_id
cross join lateral (
  select json_build_object(
    'delivered', coalesce(sum(x.delivered), 0), 'failed', coalesce(sum(x.failed), 0),
    'failed_attempts', coalesce(sum(x.failed_attempts), 0), 'left_out', coalesce(sum(x.left_out), 0),
    'hours', json_agg(json_build_object('start', ${iso('s.hour')},
      'delivered', coalesce(x.delivered, 0), 'failed', coalesce(x.failed, 0)) order by s.hour)) as last_24h
  from generate_series(date_trunc('hour', now(), 'UTC') - interval '23 hours', now(), interval '1 hour') s (hour)
  left join webhook_hours x on x.webhook_id = w.id and x.agency_id = w.agency_id and x.hour = s.hour
) c
where w.agency_id = $1 and w.deleted_at is null`;

/** Webhooks of the agency, newest first. */
export function findWebhooks(
  manager: EntityManager,
  agencyId: string,
  { before, limit }: PageBounds,
): Promise<WebhookRow[]> {
  return manager.query(`${SELECT_WEBHOOKS} and ($2::uuid is null or w.id < $2) order by w.id desc limit $3`, [
    agencyId,
    before,
    limit,
  ]);
}

/** Unknown ids are ignored. */
export function findWebhooksByIds(manager: EntityManager, agencyId: string, ids: string[]): Promise<WebhookRow[]> {
  return manager.query(`${SELECT_WEBHOOKS} and w.id = any($2)`, [agencyId, ids]);
}

/** Throws AppError not_found. */
export async function getWebhook(manager: EntityManager, agencyId: string, id: string): Promise<WebhookRow> {
  const [row] = await manager.query<WebhookRow[]>(`${SELECT_WEBHOOKS} and w.id = $2`, [agencyId, id]);
  return row ?? noSuchWebhook();
}

/** One event may have this many deliveries, and the list reads all webhooks. Deleted webhooks do not count. */
export const MAX_WEBHOOKS = 200;

/** Throws AppError too_many_webhooks. Other creations in the agency wait until the transaction ends. */
export async function requireQuota(manager: EntityManager, agencyId: string): Promise<void> {
  // Without the lock, concurrent creations could all pass the check.
  await lockName(manager, `webhooks ${agencyId}`);
  if ((await manager.countBy(Webhook, { agencyId, deletedAt: IsNull() })) >= MAX_WEBHOOKS)
    throw new AppError(
      'too_many_webhooks',
      `An agency can have ${MAX_WEBHOOKS} webhooks. Delete one that is not needed.`,
    );
}

/** The stored webhook, without what `getWebhook` computes. Throws AppError not_found. */
export async function getStoredWebhook(manager: EntityManager, agencyId: string, id: string): Promise<Webhook> {
  return (await manager.findOneBy(Webhook, { id, agencyId, deletedAt: IsNull() })) ?? noSuchWebhook();
}

/** The webhook, locked until the transaction ends to serialise changes. Throws AppError not_found. */
export async function lockWebhook(manager: EntityManager, agencyId: string, id: string): Promise<Webhook> {
  const webhook = await manager.findOne(Webhook, {
    where: { id, agencyId, deletedAt: IsNull() },
    // Not FOR UPDATE: that would block on every writer of a row that references this one, such as settling.
    lock: { mode: 'for_no_key_update' },
  });
  return webhook ?? noSuchWebhook();
}

interface AnyWebhook {
  version: number;
  deleted: boolean;
  /** It was turned off or deleted, and that can still be undone. */
  undoable: boolean;
}

/** Locks a webhook that may be deleted. Throws AppError not_found. */
export async function lockAnyWebhook(manager: EntityManager, agencyId: string, id: string): Promise<AnyWebhook> {
  const [row] = await manager.query<AnyWebhook[]>(
    `select version, deleted_at is not null as deleted, coalesce(undo_until > now(), false) as undoable
     from webhooks where agency_id = $1 and id = $2 for no key update`,
    [agencyId, id],
  );
  return row ?? noSuchWebhook();
}

export type WebhookChange = Parameters<EntityManager['update']>[2] & object;

/**
 * Every change increments the version: the ETag, and the engine's cache key. `only` narrows which webhook is changed.
 */
export async function changeWebhook(
  manager: EntityManager,
  { id, agencyId }: Pick<Webhook, 'id' | 'agencyId'>,
  change: WebhookChange,
  only: FindOptionsWhere<Webhook> = {},
): Promise<void> {
  const bump = { version: () => 'version + 1', updatedAt: () => 'now()' };
  await manager.update(Webhook, { ...only, id, agencyId }, { ...change, ...bump });
}

function noSuchWebhook(): never {
  throw new AppError('not_found', 'Webhook not found.');
}

/** SQL for the start of the step of $3 hours that a time is in, counted from midnight. */
const stepOf = (time: string): string =>
  `date_bin($3::int * interval '1 hour', ${time}, timestamptz '2000-01-01 00:00Z')`;

/** Counts of a webhook in steps of `hours` (UTC), oldest first, up to now. Steps without deliveries have zeros. */
export function webhookSeries(
  manager: EntityManager,
  { agencyId, webhookId }: { agencyId: string; webhookId: string },
  { hours, steps }: { hours: 1 | 6 | 24; steps: number },
): Promise<Omit<WebhookBucketResponse, 'pending'>[]> {
  return manager.query(
    `with hours as (
       select ${stepOf('x.hour')} as start, sum(x.delivered)::int as delivered, sum(x.failed)::int as failed,
         sum(x.failed_attempts)::int as failed_attempts, sum(x.left_out)::int as left_out
       from webhook_hours x
       where x.agency_id = $1 and x.webhook_id = $2
         and x.hour >= ${stepOf('now()')} - ($4 - 1) * $3 * interval '1 hour'
       group by 1
     )
     select ${iso('s.start')} as start, coalesce(h.delivered, 0) as delivered, coalesce(h.failed, 0) as failed,
       coalesce(h.failed_attempts, 0) as failed_attempts, coalesce(h.left_out, 0) as left_out
     from generate_series(0, $4 - 1) as n
     cross join lateral (select ${stepOf('now()')} - n * $3 * interval '1 hour' as start) s
     left join hours h on h.start = s.start order by s.start`,
    [agencyId, webhookId, hours, steps],
  );
}
