import { recipientsSql } from './recipients-sql.js';

/*
 * What is to be told now: at most one row for a webhook. $1 a webhook or null for all; $2 after how long of failing it is switched off, $3 how
 * long before that it is warned, $4 the least time between alerts of one kind, in milliseconds; $5 messages of an agency in 24 hours; $6 whether
 * mail can be sent. Where nobody has said who is told, the owners are, by mail.
 * Facts older than 7 days are not told any more: what was told is kept longer than that, so nothing is told twice.
 */
export const TO_TELL_SQL = /* sql */ `
select w.id as webhook_id, w.agency_id, a.emails, a.url, k.kind, json_build_object(
    'description', w.description, 'url', w.url, 'reason', case k.kind when 'recovered' then null else h.last_reason end,
    'response_status', case k.kind when 'recovered' then null else h.last_status end, 'failing_since', h.failing_since,
    'switches_off_at', case when k.kind in ('paused', 'switch_off_soon') then h.failing_since + $2::float8 * interval '1 millisecond' end,
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
) told
cross join lateral (
  select case
    when not w.is_active then case
      when w.off_reason <> 'person' and w.off_at > greatest(told.off, a.since, now() - interval '7 days') then 'switched_off' end
    -- The same rule as for switching off, but earlier: 20 attempts, none of which succeeded.
    when h.failing_since <= now() - ($2::float8 - $3::float8) * interval '1 millisecond' and h.failures_in_a_row >= 20
      and h.failing_since > greatest(told.warned, now() - interval '7 days') then 'switch_off_soon'
    when h.paused_until is not null then case
      when h.paused_at > greatest(told.paused, told.warned, now() - interval '7 days') then 'paused' end
    when h.last_success_at > greatest(told.paused, told.warned)
      and greatest(told.paused, told.warned) > greatest(told.recovered, told.off) then 'recovered'
  end as kind
) k
where w.deleted_at is null and ($1::uuid is null or w.id = $1) and (a.url is not null or a.emails <> '{}') and k.kind is not null
  -- Most webhooks are well and nobody was told anything: they are left out before anything else is looked up.
  and (h.failing_since is not null or h.paused_until is not null or not w.is_active or w.id in (select webhook_id from alerts))
  and not exists (
    select from alerts l where l.webhook_id = w.id and l.kind = k.kind and l.created_at > now() - $4::float8 * interval '1 millisecond')
  and $5::int >= cardinality(a.emails) + (a.url is not null)::int + (
    select count(*) from alerts l where l.agency_id = w.agency_id and l.created_at > now() - interval '24 hours')`;
