import type { Room } from './claimed-delivery.js';

/*
 * Fair claim: first which webhooks (round robin over agencies, then webhooks), then the oldest due rows of each. Never LIMIT over the whole
 * queue first: one webhook with 200,000 rows would take every place. A webhook's first attempts go before its retries, but for one place
 * in four. Busy rows are skipped, so any number of processes may claim at once. An expired lease is claimable: the lost request is recorded
 * as an interrupted attempt, and the tenth in a row ends the delivery.
 */
export const CLAIM_SQL = /* sql */ `
with recursive busy as materialized (
  select * from unnest($6::uuid[], $7::int[]) as b(webhook_id, room)
), busy_agencies as materialized (
  select * from unnest($8::uuid[], $9::int[]) as b(agency_id, room)
), present as (
  -- Loose index scan: one probe per webhook that owes anything, however long its backlog is.
  (select webhook_id from webhook_queue order by webhook_id limit 1)
  union all
  select (select q.webhook_id from webhook_queue q where q.webhook_id > p.webhook_id order by q.webhook_id limit 1)
  from present p where p.webhook_id is not null
), ready as (
  select w.id as webhook_id, w.agency_id, w.version, least(coalesce(b.room, $4), coalesce(g.room, $5)) as room,
    coalesce(g.room, $5) as agency_room
  from present p
  join webhooks w on w.id = p.webhook_id and w.is_active and w.deleted_at is null
  left join webhook_health h on h.webhook_id = w.id
  left join busy b on b.webhook_id = w.id
  left join busy_agencies g on g.agency_id = w.agency_id
  where h.paused_until is null and coalesce(b.room, $4) > 0 and coalesce(g.room, $5) > 0
    and exists (select from webhook_queue q where q.webhook_id = w.id and q.due_at <= now() and (q.lease_until is null or q.lease_until < now()) offset 0)
), turns as (
  select r.*, row_number() over (order by turn, random()) as place
  from (select *, row_number() over (partition by agency_id order by random()) as turn from ready) r
), chosen as (
  select t.*, least(t.room, greatest(1, ceil($3::numeric / count(*) over ())::int)) as share from turns t where t.place <= $3
), found as (
  select c.version, c.agency_room, c.place, c.share, f.*,
    row_number() over (partition by c.webhook_id order by
      case when f.retry and f.nth <= ceil(c.share / 4.0) then 0 when not f.retry then 1 else 2 end, f.nth) as rank
  -- (select false), because the planner turns "= false" into "failures <= 0", for which there is no index: it then reads and sorts the whole
  -- backlog for each claim (10,000 rows: 13 ms; this way 3 ms, however many there are).
  from chosen c cross join lateral (
    select *, row_number() over (partition by retry order by due_at) as nth from (
      select * from (select q.*, false as retry from webhook_queue q
       where q.webhook_id = c.webhook_id and (q.failures > 0) = (select false) and q.due_at <= now() and (q.lease_until is null or q.lease_until < now())
       order by q.due_at limit c.share for update skip locked) firsts
      union all
      select * from (select q.*, true as retry from webhook_queue q
       where q.webhook_id = c.webhook_id and (q.failures > 0) = true and q.due_at <= now() and (q.lease_until is null or q.lease_until < now())
       order by q.due_at limit c.share for update skip locked) retries
    ) rows
  ) f
), ranked as (
  select f.*, row_number() over (partition by f.agency_id order by f.rank, f.place) as in_agency from found f where f.rank <= f.share
), picked as materialized (
  select r.*, r.token is not null and r.interruptions >= 9 as hopeless
  from (select *, row_number() over (order by rank, place) as overall from ranked where in_agency <= agency_room) r where overall <= $3
), lost as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
  select delivery_id, attempt, agency_id, webhook_id, lease_until - $2 * interval '1 millisecond', 'interrupted', 'interrupted'
  from picked where token is not null
  on conflict do nothing
), taken as (
  update webhook_queue q
  set token = $1, lease_until = now() + $2 * interval '1 millisecond', attempt = q.attempt + 1,
    interruptions = case when q.token is null then q.interruptions else q.interruptions + 1 end
  where q.delivery_id = any (array(select delivery_id from picked where not hopeless))
  returning q.delivery_id, q.attempt, q.failures
), ended as (
  delete from webhook_queue q where q.delivery_id = any (array(select delivery_id from picked where hopeless)) returning q.delivery_id
), failed as (
  update webhook_deliveries d
  set state = case d.state when 'delivered' then d.state else 'failed' end, last_reason = 'interrupted', finished_at = now(), next_attempt_at = null
  from picked p where d.id = p.delivery_id and p.hopeless
)
select t.delivery_id, t.attempt, t.failures, p.agency_id, p.webhook_id, p.event_id, p.version, p.rank >= p.share as full
from taken t join picked p on p.delivery_id = t.delivery_id`;

export interface ClaimRow {
  delivery_id: string;
  agency_id: string;
  webhook_id: string;
  event_id: string;
  version: number;
  attempt: number;
  failures: number;
  /** The last of its webhook's share: there may be more due. */
  full: boolean;
}

export function claimParameters(room: Room, token: string, leaseMs: number): unknown[] {
  return [
    token,
    leaseMs,
    room.free,
    room.perWebhook,
    room.perAgency,
    [...room.webhooks.keys()],
    [...room.webhooks.values()],
    [...room.agencies.keys()],
    [...room.agencies.values()],
  ];
}
