/*
 * What erasure does to owed work. First every queue row of the deliveries is marked, which waits for whoever holds the row; then those end that
 * nobody is at work on. A request under way finishes: its settle finds the mark, stores no answer, and its retry ends here.
 */

/** Takes ids of deliveries. */
export const MARK_ERASED_SQL = 'update webhook_queue set erased = true where delivery_id = any($1) and not erased';

/** Takes ids of deliveries and the lease in milliseconds; answers how many were cancelled. A request whose lease ran out was begun, so it is recorded. */
export const END_ERASED_SQL = /* sql */ `
with dropped as (
  delete from webhook_queue where delivery_id = any($1) and erased and (lease_until is null or lease_until < now()) returning *
), lost as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
  select delivery_id, attempt, agency_id, webhook_id, lease_until - $2 * interval '1 millisecond', 'interrupted', 'interrupted'
  from dropped where token is not null on conflict do nothing
), ended as (
  update webhook_deliveries d set next_attempt_at = null, finished_at = coalesce(d.finished_at, now()),
    attempts = greatest(d.attempts, q.attempt), state = case d.state when 'delivered' then d.state else 'cancelled' end,
    last_reason = case d.state when 'delivered' then d.last_reason else 'erased' end
  from dropped q where d.id = q.delivery_id and d.id = any($1)
  returning d.state
)
select count(*)::int as cancelled from ended where state = 'cancelled'`;
