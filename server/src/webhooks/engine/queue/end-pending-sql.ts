/*
 * Ends pending deliveries without an attempt: the webhook was switched off, a user cancelled, or an erasure. A request
 * with an expired lease was started, so it is recorded as by a claim, and its number is not used again. What only
 * waited gets its row of the log now; a delivered delivery with a pending resend stays delivered and keeps its reason.
 * Takes ids of deliveries, the lease in milliseconds, the state and the reason; returns how many ended, and how many of
 * them are in that state now. Rows locked or leased by others are skipped.
 */
export const END_PENDING_SQL = /* sql */ `
with picked as (
  select delivery_id from webhook_queue
  where delivery_id = any($1) and (lease_until is null or lease_until < now()) for update skip locked
), dropped as (
  delete from webhook_queue where delivery_id = any (array(select delivery_id from picked)) returning *
), lost as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
  select delivery_id, attempt, agency_id, webhook_id, lease_until - $2 * interval '1 millisecond',
    'interrupted', 'interrupted'
  from dropped where token is not null on conflict do nothing
), ended as (
  insert into webhook_deliveries as d (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_reason,
    finished_at)
  select agency_id, delivery_id, webhook_id, event_id, event_type, $3, attempt, $4, now() from dropped
  on conflict (agency_id, id) do update set next_attempt_at = null, finished_at = coalesce(d.finished_at, now()),
    attempts = greatest(d.attempts, excluded.attempts),
    state = case d.state when 'delivered' then d.state else excluded.state end,
    last_reason = case d.state when 'delivered' then d.last_reason else excluded.last_reason end
  returning state
), regrouped as (
  update webhook_groups set body = null, edition = edition + 1
  where id = any (array(select group_id from dropped where group_id is not null))
)
select (select count(*) from dropped)::int as ended, (select count(*) from ended where state = $3)::int as changed`;

/**
 * Takes ids of deliveries. Waits for row locks: then a request in flight has either ended, or its settle sees the mark.
 */
export const MARK_ERASED_SQL = /* sql */ `
with locked as (select delivery_id from webhook_queue where delivery_id = any($1) order by delivery_id for update)
update webhook_queue set erased = true where delivery_id = any (array(select delivery_id from locked)) and not erased`;

/**
 * Locks pending deliveries of a webhook that are not in flight. Takes the id of the webhook and the maximum number. In
 * the order of an index, or each call reads all that is pending.
 */
export const SOME_PENDING_SQL = /* sql */ `
select delivery_id from webhook_queue where webhook_id = $1 and due_at is not null
  and (lease_until is null or lease_until < now())
order by failures > 0, due_at limit $2 for update skip locked`;
