import { EXHAUSTED, TAKE_CTES, TAKEN_ROWS } from './taking-sql.js';

/*
 * The one probe of each paused webhook whose time has come. The health row is locked first, so one probe is sent over
 * all processes, and the time of the next is set at once: a probe lost with its process is followed by the next. A
 * manual resend names its delivery as the probe; otherwise it is the oldest due one. A delivery interrupted too often
 * ends, and the next one goes at once.
 */
export const PROBE_SQL = /* sql */ `
with due as materialized (
  select h.webhook_id, h.probe_delivery_id, w.version from webhook_health h join webhooks w on w.id = h.webhook_id
  where h.paused_until <= now() and w.is_active and w.deleted_at is null
    and exists (
      select from webhook_queue q
      where q.webhook_id = h.webhook_id and q.due_at <= now() and (q.lease_until is null or q.lease_until < now())
      offset 0)
  order by h.paused_until limit $3 for update of h skip locked
), picked as materialized (
  select d.version, q.*, ${EXHAUSTED} as exhausted from due d cross join lateral (
    select * from webhook_queue q
    where q.webhook_id = d.webhook_id and q.due_at <= now() and (q.lease_until is null or q.lease_until < now())
    order by q.delivery_id = d.probe_delivery_id desc nulls last, q.due_at limit 1 for update skip locked
  ) q
), paused as (
  -- 30 s, doubling to 30 min: $4 and $5 in milliseconds.
  update webhook_health h set pause_count = h.pause_count + 1, probe_delivery_id = null,
    paused_until = now() + least($4::float8 * 2 ^ least(h.pause_count + 1, 10), $5::float8) * interval '1 millisecond'
  from picked p where h.webhook_id = p.webhook_id and not p.exhausted
), ${TAKE_CTES}
${TAKEN_ROWS}`;
