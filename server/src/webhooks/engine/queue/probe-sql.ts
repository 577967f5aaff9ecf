import { EXHAUSTED, takeCtes, takenRows, TURN_ENDS } from './taking-sql.js';

/** The oldest or newest due row of a webhook, among those that never failed or among the others. */
const one = (failed: string, direction: 'asc' | 'desc') => /* sql */ `
      select * from (
        select q.* from webhook_queue q
        where q.webhook_id = d.webhook_id and (q.failures > 0) = ${failed}
          and q.due_at <= ${failed === 'true' ? 'now()' : 'd.cutoff_at'}
          and (q.lease_until is null or q.lease_until < now())
        order by q.due_at ${direction} limit 1 for update skip locked
      ) x`;

/**
 * Deliveries due by this time may be sent: none in quiet hours, for hourly and daily messages those of the last one.
 */
const OPEN = 'case when q.failures > 0 then now() else least(now(), f.cutoff_at) end';

/*
 * Claims a probe of each webhook that is paused or held and whose time has come. Locks the health row first, so that
 * all processes together send one probe, and sets the time of the next probe at once, so that one follows if a probe is
 * lost with its process. A manual resend makes its delivery the probe. Otherwise probes alternate between the oldest
 * delivery, the newest and one that was never tried, because the receiver may be up and refuse only some messages. A
 * delivery that was interrupted too often ends, and another one is sent at once.
 */
export const PROBE_SQL = /* sql */ `
with due as materialized (
  select h.*, w.version, w.paced, least(now(), f.cutoff_at) as cutoff_at, (h.pause_count + h.holds) % 3 as turn
  from webhook_health h join webhooks w on w.id = h.webhook_id
  left join webhook_flow f on f.webhook_id = h.webhook_id
  where h.closed_until <= now() and w.is_active and w.deleted_at is null
    and exists (
      select from webhook_queue q
      where q.webhook_id = h.webhook_id and q.due_at <= ${OPEN} and (q.lease_until is null or q.lease_until < now())
      offset 0)
    and (f.webhook_id is null or f.next_at <= now() and f.cutoff_at > '-infinity'
      and (f.phase_until is null or f.phase_until > now()))
  order by h.closed_until limit $3 for update of h skip locked
), chosen as materialized (
  select d.version, d.paced, d.holds, extract(epoch from d.held_until - d.held_since)::float8 * 1000 as held_ms,
    q.delivery_id, q.webhook_id, q.group_id
  from due d cross join lateral (
    select * from (
      select * from (
        select q.* from webhook_queue q
        where q.delivery_id = d.probe_delivery_id and q.due_at <= now()
          and (q.lease_until is null or q.lease_until < now())
        for update skip locked
      ) named
      union all ${one('(select false)', 'asc')}
      union all ${one('(select false)', 'desc')}
      union all ${one('true', 'asc')}
      union all ${one('true', 'desc')}
    ) q
    order by q.delivery_id = d.probe_delivery_id desc nulls last, d.turn = 2 and q.attempt > 0,
      case when d.turn = 1 then q.delivery_id end desc nulls last, q.due_at limit 1
  ) q
), picked as materialized (
  -- With all of its group, or not now.
  select c.version, c.paced, c.holds, c.held_ms, q.*, ${EXHAUSTED} as exhausted
  from chosen c cross join lateral (
    select (y.x).* from (
      select x, count(*) over () as locked from (
        select * from (
          select q.* from webhook_queue q
          where q.webhook_id = c.webhook_id and q.group_id = c.group_id and q.delivery_id <> c.delivery_id
            and (q.lease_until is null or q.lease_until < now())
          order by q.delivery_id for update skip locked
        ) x
        union all
        select * from (select q.* from webhook_queue q where q.delivery_id = c.delivery_id for update) x
      ) x
    ) y where c.group_id is null or y.locked = (
      select count(*) from webhook_queue q where q.webhook_id = c.webhook_id and q.group_id = c.group_id)
  ) q
), closed as (
  -- Paused: 30 s, doubling to 30 min: $4 and $5 in milliseconds. Held: until the answer, or the end of the lease.
  update webhook_health h set probe_delivery_id = null,
    pause_count = h.pause_count + (h.paused_until is not null)::int,
    paused_until = case when h.paused_until is not null then
      now() + least($4::float8 * 2 ^ least(h.pause_count + 1, 10), $5::float8) * interval '1 millisecond' end,
    held_until = case when h.held_until is not null then now() + $2 * interval '1 millisecond' end,
    -- Without the time in which nothing was sent.
    held_since = h.held_since + (now() - h.held_until)
  from picked p where h.webhook_id = p.webhook_id and not p.exhausted
), turned as (
  update webhook_flow f set next_at = now() + $2 * interval '1 millisecond'
  from picked p where f.webhook_id = p.webhook_id and not p.exhausted
), ${takeCtes()}
${takenRows(`, p.holds, p.held_ms, case when p.paced then ${TURN_ENDS} end as turn, p.group_id`)}`;
