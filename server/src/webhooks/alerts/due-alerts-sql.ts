import { recipientsSql } from './recipients-sql.js';

/** The webhook has alert recipients `a`. */
const HAS_RECIPIENTS = `(a.url is not null or a.chat_webhook_id is not null or a.emails <> '{}')`;

/** The agency may send that many messages more in these 24 hours. */
const withinLimit = (limit: string) => /* sql */ `
  ${limit}::int >= cardinality(a.emails) + (a.url is not null)::int + (a.chat_webhook_id is not null)::int + (
    select count(*) from alerts l where l.agency_id = w.agency_id and l.created_at > now() - interval '24 hours')`;

/*
 * The alerts that are due, at most one per webhook. $1: a webhook, or null for all. In milliseconds: $2 how long a
 * webhook may fail before it is switched off, $3 how long before that it is warned about, $4 the minimum time between
 * alerts of one kind. $5: messages of an agency in 24 hours. $6: whether mail can be sent. Muted problems cause no
 * alerts. Facts older than 7 days are ignored; alerts are kept longer than that, so no fact causes two.
 */
export const DUE_ALERTS_SQL = /* sql */ `
select w.id as "webhookId", w.agency_id as "agencyId", a.emails, a.url,
  a.chat_webhook_id as "chatWebhookId", k.kind, json_build_object(
    'description', w.description, 'url', encode(w.url, 'base64'),
    'reason', case k.kind when 'recovered' then null else h.last_reason end,
    'response_status', case k.kind when 'recovered' then null else h.last_status end, 'failing_since', h.failing_since,
    'switches_off_at', case when k.kind in ('paused', 'switch_off_soon')
      then h.failing_since + $2::float8 * interval '1 millisecond' end,
    'off_reason', w.off_reason) as facts
from webhooks w
join webhook_health h on h.webhook_id = w.id
cross join lateral (${recipientsSql('w', '$6')}) a
cross join lateral (
  select coalesce(max(l.created_at) filter (where l.kind = 'paused'), '-infinity') as paused,
    coalesce(max(l.created_at) filter (where l.kind = 'switch_off_soon'), '-infinity') as warned,
    coalesce(max(l.created_at) filter (where l.kind = 'switched_off'), '-infinity') as off,
    coalesce(max(l.created_at) filter (where l.kind = 'recovered'), '-infinity') as recovered
  from alerts l where l.webhook_id = w.id
) last
cross join lateral (
  select case
    when not w.is_active then case
      when w.off_reason <> 'person' and w.off_at > greatest(last.off, a.since, now() - interval '7 days')
        then 'switched_off' end
    -- The rule for switching off, only earlier: 20 attempts, all of which failed.
    when h.failing_since <= now() - ($2::float8 - $3::float8) * interval '1 millisecond' and h.failures_in_a_row >= 20
      and h.failing_since > greatest(last.warned, now() - interval '7 days') then 'switch_off_soon'
    when h.paused_until is not null then case
      when h.paused_at > greatest(last.paused, last.warned, now() - interval '7 days') then 'paused' end
    when h.last_success_at > greatest(last.paused, last.warned)
      and greatest(last.paused, last.warned) > greatest(last.recovered, last.off) then 'recovered'
  end as kind
) k
-- A listener shows its failures where it runs.
where w.kind <> 'listen' and w.deleted_at is null and ($1::uuid is null or w.id = $1)
  and ${HAS_RECIPIENTS} and k.kind is not null
  -- Skips the many healthy webhooks without alerts before the laterals are run.
  and (h.failing_since is not null or h.paused_until is not null or not w.is_active
    or w.id in (select webhook_id from alerts))
  -- Muted until that problem ends. The service stores its beginning in milliseconds.
  and not exists (
    select from webhook_problems m
    where m.webhook_id = w.id and m.muted_at is not null
      and m.failing_since = date_trunc('milliseconds', coalesce(h.failing_since, w.off_at)))
  and not exists (
    select from alerts l
    where l.webhook_id = w.id and l.kind = k.kind and l.created_at > now() - $4::float8 * interval '1 millisecond')
  and ${withinLimit('$5')}`;

/** The alert about outdated conditions ($2, JSON) of a webhook ($1). $3: whether mail can be sent; $4: as $5 above. */
export const OUTDATED_ALERT_SQL = /* sql */ `
select w.id as "webhookId", w.agency_id as "agencyId", a.emails, a.url, a.chat_webhook_id as "chatWebhookId",
  'conditions_outdated' as kind, json_build_object(
    'description', w.description, 'url', encode(w.url, 'base64'), 'reason', null, 'response_status', null,
    'failing_since', null, 'switches_off_at', null, 'off_reason', w.off_reason, 'conditions', $2::text::json) as facts
from webhooks w cross join lateral (${recipientsSql('w', '$3')}) a
where w.id = $1 and w.deleted_at is null
  and ${HAS_RECIPIENTS}
  and not exists (
    select from alerts l
    where l.webhook_id = w.id and l.kind = 'conditions_outdated' and l.facts ->> 'conditions' = $2::text
      and l.created_at > w.updated_at)
  and ${withinLimit('$4')}`;
