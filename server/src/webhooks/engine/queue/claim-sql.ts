import type { Lease, Slots } from './claimed-delivery.js';
import { EXHAUSTED, takeCtes, takenRows } from './taking-sql.js';

/*
 * The fair claim: it first chooses webhooks, round robin over agencies and then webhooks, those with the fewest
 * requests in flight first, then the oldest due rows of each. A LIMIT over the whole queue would give every slot to a
 * webhook with 200,000 rows. It skips locked rows, so any number of processes may claim at the same time.
 *
 * Every fourth slot of a webhook is for a retry. Requests in flight are counted, because claims of single slots would
 * otherwise always pick the same kind. With fewer than four slots, the first is for a retry in one claim of four ($12).
 *
 * The last quarter of the slots of the process, and of an agency, is for webhooks with few requests in flight: as it
 * fills, the limits of webhooks and agencies shrink, down to one request of each webhook, for which only the limit of
 * its agency counts. The last eighth is only for webhooks without requests in flight whose last attempt did not fail.
 * So a webhook that answers gets a slot while others hang.
 *
 * A fast webhook may have more deliveries claimed than requests in flight ($13): those are claimed ahead, only while
 * the last quarters are free.
 */
export const CLAIM_SQL = /* sql */ `
with recursive busy as materialized (
  select * from unnest($6::uuid[], $7::int[], $10::int[], $13::int[]) as b(webhook_id, slots, retries, places)
), busy_agencies as materialized (
  select * from unnest($8::uuid[], $9::int[]) as b(agency_id, slots)
), present as (
  -- Loose index scan: one probe per webhook with pending deliveries, however long its backlog is.
  (select webhook_id from webhook_queue where due_at is not null order by webhook_id limit 1)
  union all
  select (
    select q.webhook_id from webhook_queue q where q.webhook_id > p.webhook_id and q.due_at is not null
    order by q.webhook_id limit 1)
  from present p where p.webhook_id is not null
), due as materialized (
  select w.id as webhook_id, w.agency_id, w.version, least(coalesce(b.slots, $4), coalesce(g.slots, $5)) as slots,
    coalesce(g.slots, $5) as agency_slots, $5 - coalesce(g.slots, $5) as agency_busy,
    coalesce(b.places, $4) as places, coalesce(b.places - b.slots, 0) as busy, coalesce(b.retries, 0) as retries,
    coalesce(h.failures_in_a_row > 0, false) as failing
  from present p
  join webhooks w on w.id = p.webhook_id and w.is_active and w.deleted_at is null and not w.paced
  left join webhook_health h on h.webhook_id = w.id
  left join busy b on b.webhook_id = w.id
  left join busy_agencies g on g.agency_id = w.agency_id
  where h.closed_until is null
    and exists (
      select from webhook_queue q
      where q.webhook_id = w.id and q.due_at <= now() and (q.lease_until is null or q.lease_until < now())
      -- Keeps it a lookup per webhook: as a join it could read everything that is due.
      offset 0)
), ready as (
  -- Only webhooks that can win a slot: the others would displace those in the choice below.
  select d.* from due d cross join (select least(1, 4.0 * ($3 - 1) / $11) as ease) e
  where d.slots > 0 and d.busy + 1 <= case when e.ease = 1 then d.places else greatest(1, $4 * e.ease) end
    and (d.busy = 0 or d.agency_busy + 1 <= greatest(1, $5 * e.ease))
    and (d.busy = 0 and not d.failing or $3 > floor($11 / 8))
), turns as (
  select r.*, row_number() over (order by busy > 0, agency_busy + turn, failing, random()) as place
  from (
    select *, row_number() over (partition by agency_id order by busy, failing, random()) as turn from ready
  ) r
), chosen as materialized (
  select t.*, least(t.slots, greatest(1, ceil($3::numeric / count(*) over ())::int)) as share
  from turns t where t.place <= $3
), found as (
  select c.version, c.agency_slots, c.agency_busy, c.places, c.busy, c.failing, c.place, c.share, f.*,
    row_number() over (partition by c.webhook_id order by
      case
        when not f.retry then c.busy - c.retries + f.nth
        when $12 and c.retries = 0 and f.nth = 1 then 0
        else 3 * (c.retries + f.nth) + 0.5
      end, f.nth) as rank
  -- (select false), because the planner turns "= false" into "failures <= 0", for which there is no index: it then
  -- reads and sorts the whole backlog for each claim (10,000 rows: 13 ms; this way 3 ms, however many there are).
  from chosen c cross join lateral (
    select *, row_number() over (partition by retry order by due_at) as nth from (
      select * from (
        select q.*, false as retry from webhook_queue q
        where q.webhook_id = c.webhook_id and (q.failures > 0) = (select false) and q.due_at <= now()
          and (q.lease_until is null or q.lease_until < now())
        order by q.due_at limit c.share for update skip locked
      ) firsts
      union all
      select * from (
        select q.*, true as retry from webhook_queue q
        where q.webhook_id = c.webhook_id and (q.failures > 0) = true and q.due_at <= now()
          and (q.lease_until is null or q.lease_until < now())
        order by q.due_at limit c.share for update skip locked
      ) retries
    ) rows
  ) f
), ranked as (
  select f.*, row_number() over (partition by f.agency_id, f.rank <= f.share order by f.busy + f.rank, f.place)
    as in_agency
  from found f
), placed as (
  select r.*, row_number() over (partition by r.fits order by r.busy + r.rank, r.place) as overall
  from (select *, rank <= share and in_agency <= agency_slots as fits from ranked) r
), limits as (
  select *, agency_busy + in_agency as agency_now, least(1, 4.0 * ($3 - overall) / $11) as ease,
    greatest(1, $5 * least(1, 4.0 * ($3 - overall) / $11)) as agency_limit
  from placed
), eased as (
  select *, least(ease, 4.0 * (agency_limit - agency_now) / agency_limit) as both_ease from limits
), judged as materialized (
  select l.*, l.fits and l.overall <= $3 and (l.busy + l.rank = 1 or l.agency_now <= l.agency_limit)
    and l.busy + l.rank <= case when l.both_ease = 1 then l.places else greatest(1, $4 * l.both_ease) end
    and (l.busy + l.rank = 1 and not l.failing
      or $3 - l.overall >= floor($11 / 8) and l.agency_limit - l.agency_now >= floor(l.agency_limit / 8)) as wins
  from eased l
), picked as materialized (
  select j.*, ${EXHAUSTED} as exhausted from judged j where j.wins
), ${takeCtes()}, more as (
  -- Includes webhooks without free slots: the process looks again when one is freed.
  select d.webhook_id, d.agency_id from due d where d.webhook_id not in (select c.webhook_id from chosen c)
  union all
  select webhook_id, agency_id from judged
  group by webhook_id, agency_id having count(*) >= max(share) or not bool_and(wins)
)
${takenRows('')}
union all
select null, null, null, null, m.agency_id, m.webhook_id, null, null, null, null, null from more m`;

/** Takes webhooks and versions of their configuration; returns those whose claimed deliveries must not be sent. */
export const OUTDATED_SQL = /* sql */ `
select c.webhook_id from unnest($1::uuid[], $2::int[]) as c(webhook_id, version)
left join webhooks w on w.id = c.webhook_id left join webhook_health h on h.webhook_id = c.webhook_id
where w.version is distinct from c.version or not w.is_active or w.deleted_at is not null or h.closed_until is not null
  or exists (select from webhook_queue q where q.erased and q.webhook_id = c.webhook_id)`;

export interface ClaimRow {
  delivery_id: string;
  agency_id: string;
  webhook_id: string;
  event_id: string;
  event_type: string;
  logged: boolean;
  version: number;
  due_ms: number;
  attempt: number;
  failures: number;
  interruptions: number;
  /** Set for the probe of a held webhook. */
  holds?: number;
  held_ms?: number | null;
  /** When the turn of a paced webhook ends, unless an answer ends it before. */
  turn?: string | null;
  group_id?: string | null;
}

/** A webhook that may have more due deliveries. */
export interface MoreRow {
  delivery_id: null;
  agency_id: string;
  webhook_id: string;
}

/** `retryAhead`: true in one claim of four. */
export function claimParameters(
  slots: Slots,
  { token, leaseMs, retryAhead }: Lease & { retryAhead: boolean },
): unknown[] {
  const webhookIds = [...slots.webhooks.keys()];
  return [
    token,
    leaseMs,
    slots.free,
    slots.perWebhook,
    slots.perAgency,
    webhookIds,
    [...slots.webhooks.values()],
    [...slots.agencies.keys()],
    [...slots.agencies.values()],
    webhookIds.map((id) => slots.retries.get(id) ?? 0),
    slots.total,
    retryAhead,
    webhookIds.map((id) => slots.limits.get(id) ?? slots.perWebhook),
  ];
}
