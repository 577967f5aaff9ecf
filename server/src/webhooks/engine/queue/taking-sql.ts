import { MAX_INTERRUPTIONS } from '../../model/retry-plans.js';

/*
 * Parts of the statements that take queue rows: the claim, probes and turns. A row with an expired lease may be taken:
 * its lost request is recorded as an interrupted attempt, and the tenth in a row ends the delivery instead. Rows are
 * addressed by lists of keys, because a join may get a plan for an empty queue.
 */

/** Condition over a queue row: this interruption is the last one allowed. */
export const EXHAUSTED = `token is not null and interruptions >= ${MAX_INTERRUPTIONS - 1}`;

/**
 * Takes the rows of `picked`, which are queue rows with `exhausted`; those in `taken` are sent. $1 is the token, $2 the
 * lease in milliseconds; `more` sets further columns.
 */
export const takeCtes = (more?: string): string => /* sql */ `lost as (
  insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason)
  select delivery_id, attempt, agency_id, webhook_id, lease_until - $2 * interval '1 millisecond',
    'interrupted', 'interrupted'
  from picked where token is not null
  on conflict do nothing
), taken as (
  update webhook_queue q
  set token = $1, lease_until = now() + $2 * interval '1 millisecond', attempt = q.attempt + 1,
    interruptions = case when q.token is null then q.interruptions else q.interruptions + 1 end
    ${more ? `, ${more}` : ''}
  where q.delivery_id = any (array(select delivery_id from picked where not exhausted))
  returning q.delivery_id, q.attempt, q.failures, q.interruptions
), ended as (
  delete from webhook_queue where delivery_id = any (array(select delivery_id from picked where exhausted))
), failed as (
  insert into webhook_deliveries as d (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_reason,
    finished_at)
  select agency_id, delivery_id, webhook_id, event_id, event_type, 'failed', attempt, 'interrupted', now()
  from picked where exhausted
  on conflict (agency_id, id) do update set state = case d.state when 'delivered' then d.state else 'failed' end,
    last_reason = case d.state when 'delivered' then d.last_reason else 'interrupted' end,
    attempts = greatest(d.attempts, excluded.attempts), finished_at = coalesce(d.finished_at, now()),
    next_attempt_at = null
)`;

/**
 * Makes deliveries due that intake claimed and that were not settled within their lease; the claim then records the
 * lost request. Looks at deliveries with ids above $1, at most $2 of them. Returns how many.
 */
export const LOST_SQL = /* sql */ `
with lost as materialized (
  select delivery_id from webhook_queue where delivery_id > $1 and due_at is null and lease_until < now()
  order by delivery_id limit $2 for update skip locked
), due as (
  update webhook_queue set due_at = now() where delivery_id = any (array(select delivery_id from lost)) returning 1
)
select count(*)::int as lost from due`;

/** When the turn of a request ends at the latest: with its lease. */
export const TURN_ENDS = `(now() + $2 * interval '1 millisecond')::text`;

/** Returns the taken rows, with further columns of `p`, the picked ones. */
export const takenRows = (more: string): string => /* sql */ `
select t.delivery_id, t.attempt, t.failures, t.interruptions, p.agency_id, p.webhook_id, p.event_id, p.event_type,
  p.logged, p.version, extract(epoch from p.due_at)::float8 * 1000 as due_ms${more}
from taken t join picked p on p.delivery_id = t.delivery_id`;
