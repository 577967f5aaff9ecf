import type { Phase } from '../../destinations/schedule.js';
import type { Lease, Slots } from './claimed-delivery.js';
import { EXHAUSTED, takeCtes, takenRows, TURN_ENDS } from './taking-sql.js';

/*
 * Paced webhooks: their requests take turns, over all processes, in the order in which deliveries became due. The
 * statement that claims a delivery takes the turn by locking the row of webhook_flow and moving its time on; if the row
 * is locked, another process has the turn. Intake and the claim skip these webhooks.
 *
 * With `one_by_one`, the next turn begins an interval after the answer, so that requests never arrive closer together;
 * if the process is killed, the turn ends with the lease. Otherwise requests start at even intervals; a busy process
 * catches up on what it missed within a tenth of a second.
 *
 * If more than `group_over` deliveries wait for their first attempt, the oldest become a group, which one request
 * delivers. The queue rows of its members name it until it is settled, and its next attempt takes all that are left.
 */

/** Maximum number of deliveries in a group. */
export const MOST_IN_GROUP = 100;
/** Groups of one statement, which have about as many rows as settle stores at once. */
const MOST_GROUPS = 5;

const FREE = '(q.lease_until is null or q.lease_until < now())';
const FIRST = `(q.failures > 0) = (select false) and q.group_id is null`;

/** Condition over a flow: its phase is open, and a delivery waits that may go out in it. */
const HAS_DUE = /* sql */ `f.cutoff_at > '-infinity' and (f.phase_until is null or f.phase_until > now())
    and (exists (
        select from webhook_queue q where q.webhook_id = f.webhook_id and (q.failures > 0) = (select false)
          and q.due_at <= least(now(), f.cutoff_at) and ${FREE} offset 0)
      or exists (
        select from webhook_queue q where q.webhook_id = f.webhook_id and (q.failures > 0) = true
          and q.due_at <= now() and ${FREE} offset 0)
      or exists (
        select from webhook_queue q where q.webhook_id = f.webhook_id and q.group_id is not null
          and q.due_at <= now() and ${FREE} offset 0))`;

const single = (failed: string, since: string) => /* sql */ `
      select * from (
        select q.* from webhook_queue q
        where t.retried is null and t.formed is null and q.webhook_id = t.webhook_id and (q.failures > 0) = ${failed}
          and q.group_id is null and q.due_at <= ${since} and ${FREE}
        order by q.due_at limit t.room for update skip locked
      ) x`;

const COMES = 'f.next_at <= now() and (f.reserved_until is null or f.reserved_until <= now())';

/**
 * $1 token, $2 lease in ms, $3 free slots, $4 webhooks to look at (null: all), $5 slots of a webhook, $6 and $7 free
 * slots of those with requests in flight, $8 and $9 of agencies, $10 slots of an agency. Returns the deliveries, and in
 * rows without a delivery when other webhooks have their next turn; without a time if their agency has no free slot.
 */
export const TURN_SQL = /* sql */ `
with candidates as materialized (
  select f.webhook_id, w.version, f.next_at, b.slots, coalesce(a.slots, $10) as of_agency,
    row_number() over (partition by f.agency_id order by f.next_at, f.webhook_id) as nth
  from webhook_flow f join webhooks w on w.id = f.webhook_id and w.is_active and w.deleted_at is null
  left join webhook_health h on h.webhook_id = f.webhook_id
  left join unnest($6::uuid[], $7::int[]) as b(webhook_id, slots) on b.webhook_id = f.webhook_id
  left join unnest($8::uuid[], $9::int[]) as a(agency_id, slots) on a.agency_id = f.agency_id
  where ${COMES} and h.closed_until is null and ($4::uuid[] is null or f.webhook_id = any($4))
    and coalesce(b.slots, 1) > 0 and ${HAS_DUE}
), turn as materialized (
  select f.webhook_id, f.agency_id, c.version, c.next_at, f.one_by_one, f.every_ms, f.group_over, s.since, c.of_agency,
    least(now(), f.cutoff_at) as cutoff_at,
    case when f.one_by_one then 1 else least(coalesce(c.slots, $5),
      1 + floor(extract(epoch from now() - s.since)::float8 * 1000 / f.every_ms))::int end as most
  from candidates c join webhook_flow f on f.webhook_id = c.webhook_id
  cross join lateral (
    select case when f.next_at < now() - interval '100 milliseconds' then now() else f.next_at end as since
  ) s
  where c.nth <= c.of_agency and ${COMES}
  order by c.next_at limit $3 for update of f skip locked
), due as materialized (
  select t.*, case when t.group_over is not null then (
      select q.group_id from webhook_queue q
      where q.webhook_id = t.webhook_id and q.group_id is not null and q.due_at <= now() and ${FREE}
      order by q.due_at limit 1) end as retried
  from turn t
), head as materialized (
  select d.*, case when d.group_over is not null and d.retried is null and d.group_over < (
      select count(*) from (
        select from webhook_queue q
        where q.webhook_id = d.webhook_id and ${FIRST} and q.due_at <= d.cutoff_at and q.token is null
        limit d.group_over + 1
      ) q) then gen_random_uuid() end as formed
  from due d
), counted as materialized (
  -- As many as there is room for, however many the webhooks before it turn out to need.
  select h.*, h.is_group and count(*) filter (where h.is_group) over (order by h.next_at, h.webhook_id) > ${MOST_GROUPS}
      as too_many,
    least(h.places, $3 + h.places - sum(h.places) over (order by h.next_at, h.webhook_id),
      h.of_agency + h.places - sum(h.places) over (partition by h.agency_id order by h.next_at, h.webhook_id)) as room
  from (
    select g.*, case when g.is_group then 1 else g.most end as places
    from (select *, coalesce(retried, formed) is not null as is_group from head) g
  ) h
), picked as materialized (
  select t.version, t.one_by_one, t.since, t.formed, q.*, ${EXHAUSTED} as exhausted
  from (select * from counted where room > 0 and not too_many) t cross join lateral (
    -- As a whole or not now: the same request with fewer would be another one.
    select (y.x).* from (
      select x, count(*) over () as locked from (
        select q.* from webhook_queue q
        where q.webhook_id = t.webhook_id and q.group_id = t.retried and ${FREE}
        order by q.delivery_id for update skip locked
      ) x
    ) y where y.locked = (
      select count(*) from webhook_queue q where q.webhook_id = t.webhook_id and q.group_id = t.retried)
    union all
    select * from (
      select q.* from webhook_queue q
      where t.formed is not null and q.webhook_id = t.webhook_id and ${FIRST} and q.due_at <= t.cutoff_at
        and q.token is null
      order by q.due_at limit ${MOST_IN_GROUP} for update skip locked
    ) x
    union all
    select * from (
      select * from (${single('(select false)', 't.cutoff_at')}
        union all ${single('true', 'now()')}
      ) q order by q.due_at limit t.room
    ) x
  ) q
), moved as (
  update webhook_flow f
  set next_at = case when f.one_by_one then now() + $2 * interval '1 millisecond'
    else p.since + p.count * f.every_ms * interval '1 millisecond' end
  from (select webhook_id, since, count(*) from picked where not exhausted group by webhook_id, since) p
  where f.webhook_id = p.webhook_id
  returning f.webhook_id, f.agency_id, f.next_at, f.one_by_one
), grouped as (
  insert into webhook_groups (id, agency_id, webhook_id, members)
  select formed, agency_id, webhook_id, array_agg(delivery_id order by delivery_id) from picked
  where formed is not null group by formed, agency_id, webhook_id
), ${takeCtes('group_id = coalesce(q.group_id, (select h.formed from head h where h.webhook_id = q.webhook_id))')}
${takenRows(`, case when p.one_by_one then ${TURN_ENDS} end as turn, coalesce(p.group_id, p.formed) as group_id,
  null::float8 as in_ms`)}
union all
select null, null, null, null, f.agency_id, n.webhook_id, null, null, null, null, null, null, null,
  extract(epoch from n.next_at - now())::float8 * 1000
from (
  select webhook_id, next_at from moved where not one_by_one
  union all
  select webhook_id, case when room > 0 then now() end from counted where room <= 0 or too_many
  union all
  select webhook_id, null from candidates where nth > of_agency
  union all
  -- Not those that wait for an answer.
  select f.webhook_id, f.next_at from webhook_flow f
  where f.webhook_id = any($4) and f.next_at > now() and f.next_at <= now() + f.every_ms * interval '1 millisecond'
) n join webhook_flow f on f.webhook_id = n.webhook_id`;

/** Turns of these webhooks or (null) of all, at most `most` requests. */
export function turnParameters(
  slots: Slots,
  { token, leaseMs }: Lease,
  webhookIds: readonly string[] | null,
  most: number,
): unknown[] {
  return [
    token,
    leaseMs,
    Math.min(most, slots.free),
    webhookIds,
    slots.perWebhook,
    [...slots.webhooks.keys()],
    [...slots.webhooks.values()],
    [...slots.agencies.keys()],
    [...slots.agencies.values()],
    slots.perAgency,
  ];
}

/** Milliseconds until the next webhook with a due delivery may send it, negative if it may already; null: none. */
export const NEXT_TURN_SQL = /* sql */ `
select min(extract(epoch from greatest(f.next_at, f.reserved_until) - now()))::float8 * 1000 as in_ms
from webhook_flow f join webhooks w on w.id = f.webhook_id and w.is_active and w.deleted_at is null
left join webhook_health h on h.webhook_id = f.webhook_id
where h.closed_until is null and ${HAS_DUE}`;

/**
 * Ends the turns of these webhooks ($1) after their answers: the next turns begin an interval later. Skips turns (by
 * their ends, $2) that have passed to another delivery, because the lease had expired.
 */
export const END_TURNS_SQL = /* sql */ `
with ended as (
  select f.webhook_id from webhook_flow f
  join unnest($1::uuid[], $2::timestamptz[]) as t(id, ends) on t.id = f.webhook_id and t.ends = f.next_at
  order by f.webhook_id for update of f
)
update webhook_flow f
set next_at = least(case when not f.one_by_one then f.next_at end, now() + f.every_ms * interval '1 millisecond')
from ended e where f.webhook_id = e.webhook_id returning f.webhook_id, f.every_ms`;

/**
 * Takes the turn of a webhook ($1) for a test, for the time of a lease ($2, in ms), or reserves the next one. Returns
 * no row if the webhook is not paced.
 */
export const TAKE_TURN_SQL = /* sql */ `
update webhook_flow
set next_at = case when next_at <= now() then now() + $2 * interval '1 millisecond' else next_at end,
  reserved_until = case when next_at > now() then now() + interval '2 seconds' end
where webhook_id = $1 returning case when reserved_until is null then next_at::text end as turn`;

/** Sets the flow of a webhook ($1, of agency $2); the time of its next turn stays. */
export const SET_FLOW_SQL = /* sql */ `
insert into webhook_flow (webhook_id, agency_id, every_ms, one_by_one, group_over, cutoff_at, phase_until)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (webhook_id) do update
set every_ms = excluded.every_ms, one_by_one = excluded.one_by_one, group_over = excluded.group_over,
  cutoff_at = excluded.cutoff_at, phase_until = excluded.phase_until`;

/** Webhooks whose phase has ended, with their style and the current time in ms. */
export const ENDED_PHASES_SQL = /* sql */ `
select f.webhook_id, w.style, f.phase_until::text as until, extract(epoch from now())::float8 * 1000 as now_ms
from webhook_flow f join webhooks w on w.id = f.webhook_id
where f.phase_until <= now() order by f.phase_until limit 1000`;

/** Begins the next phases of webhooks $1 whose phases ended at $2, unless another process has done so. */
export const NEXT_PHASES_SQL = /* sql */ `
update webhook_flow f set cutoff_at = p.cutoff_at, phase_until = p.until
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) as p(id, ended, cutoff_at, until)
where f.webhook_id = p.id and f.phase_until = p.ended`;

/** A phase as columns of webhook_flow. */
export function phaseColumns({ cutoffMs, untilMs }: Phase): { cutoffAt: string; until: string | null } {
  const finite = (ms: number) => new Date(ms).toISOString();
  return {
    cutoffAt: Number.isFinite(cutoffMs) ? finite(cutoffMs) : cutoffMs > 0 ? 'infinity' : '-infinity',
    until: untilMs === null ? null : finite(untilMs),
  };
}
