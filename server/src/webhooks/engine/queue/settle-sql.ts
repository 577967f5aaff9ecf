import { booleanArray, floatArray, intArray, textArray, uuidArray } from '../../../database/binary-arrays.js';
import { uuidv7 } from '../../../lib/ids.js';
import { MESSAGE_REASONS } from '../../model/reasons.js';
import type { DeliveryState } from '../../model/delivery.entity.js';
import { RELEASE } from '../send/message-headers.js';
import type { HealthFacts } from '../webhook-health.js';
import type { AttemptRecord } from './attempt-record.js';

/*
 * Stores results of attempts. Nearly all are first attempts that succeeded. The SQL function settle_delivered stores
 * those, and fails as a whole if it finds anything else; then the general statement here stores the batch.
 */

/** The columns of an attempt in all statements: $1 to $25. */
const INPUT = /* sql */ `
  select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::float8[],
      $9::text[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::boolean[], $17::text[],
      $18::int[], $19::int[], $20::int[], $21::text[], $22::text[], $23::boolean[], $24::text[], $25::text[])
    with ordinality as t(delivery_id, token, n, agency_id, webhook_id, event_id, event_type, age_ms,
      reason, status, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail,
      version, signed_at, signatures, response_headers, response_body, response_truncated, response_encoding,
      certificate_expired_at, ord)`;

/** Inserts the attempts of a source `d`, without their responses if `d.erased`. $26 is the release of this server. */
const attemptsFrom = (source: string, fenced: boolean, group = 'null::uuid'): string => /* sql */ `
  insert into webhook_attempts as a (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, fenced,
    status, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail, version, release, signed_at,
    signatures, response_headers, response_body, response_truncated, response_encoding, certificate_expired_at,
    group_id)
  select d.delivery_id, d.n, d.agency_id, d.webhook_id, now() - d.age_ms * interval '1 millisecond',
    case d.reason when 'ok' then 'succeeded' else 'failed' end,
    d.reason, ${fenced}, d.status, d.duration_ms, d.dns_ms, d.connect_ms, d.tls_ms, d.first_byte_ms,
    d.reconnected, d.detail, d.version, case when d.version is not null then $26 end, d.signed_at, d.signatures,
    case when not d.erased then d.response_headers::json end, case when not d.erased then d.response_body end,
    d.response_truncated, d.response_encoding, d.certificate_expired_at::timestamptz, ${group}
  from ${source} d
  -- The lease expired and the attempt was recorded as interrupted: the actual result replaces that.
  on conflict (delivery_id, n) do update set (started_at, outcome, reason, fenced,
      status, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, reconnected, detail, version, release, signed_at,
      signatures, response_headers, response_body, response_truncated, response_encoding, certificate_expired_at,
      group_id)
    = (excluded.started_at, excluded.outcome, excluded.reason, excluded.fenced,
      excluded.status, excluded.duration_ms, excluded.dns_ms, excluded.connect_ms, excluded.tls_ms,
      excluded.first_byte_ms, excluded.reconnected, excluded.detail, excluded.version, excluded.release,
      excluded.signed_at, excluded.signatures, excluded.response_headers, excluded.response_body,
      excluded.response_truncated, excluded.response_encoding, excluded.certificate_expired_at, excluded.group_id)
    where a.outcome = 'interrupted'`;

/**
 * The token of the lease fences every change: a result whose lease has passed on is returned as fenced, and nothing of
 * it is stored. If the webhook was switched off or deleted while the request was in flight, its retry is dropped here.
 * No response is stored if the message was erased meanwhile.
 */
export const SETTLE_ANY_SQL = /* sql */ `
with input as materialized (${INPUT}), decided as materialized (
  select i.*, e.decision, e.logged, e.audit_id, e.hold_ms, e.holds, e.delay_ms, e.group_id, e.lead, case
      when e.decision = 'delivered' then 'delivered'
      when e.decision not in ('retry', 'again', 'hold') then 'failed'
      -- While that can be undone its retries wait, and are then dropped with what waits.
      when w.undo_until > now() then 'retrying'
      when w.deleted_at is not null then 'cancelled'
      when not w.is_active then 'skipped'
      else 'retrying' end as state,
    -- Our own fault says nothing about the webhook, "slow down" nothing bad, and some answers speak of the message.
    i.reason <> 'our_fault' as theirs,
    -- A request that carried several counts once.
    i.reason not in ('ok', 'our_fault') and e.decision <> 'hold' and coalesce(e.lead = i.delivery_id, true) as counts,
    i.reason <> all($33) and e.decision <> 'hold' and coalesce(e.lead = i.delivery_id, true) as down
  from input i
  join unnest($27::text[], $28::float8[], $29::boolean[], $30::uuid[], $34::float8[], $35::int[], $36::uuid[],
      $37::uuid[])
    with ordinality as e(decision, delay_ms, logged, audit_id, hold_ms, holds, group_id, lead, ord) on e.ord = i.ord
  join webhooks w on w.id = i.webhook_id
), settled as materialized (
  -- By key, one at a time: the plan of a join could be that for an empty queue (see the migration of the function).
  select d.ord, settle_pending(d.delivery_id, d.token,
    -- A held webhook holds all its deliveries: they stay due, in their order.
    case d.state when 'retrying' then case d.decision when 'hold' then 0 else d.delay_ms end
      * interval '1 millisecond' end, d.decision) as row
  from (select * from decided order by delivery_id) d
), held as materialized (
  select d.*, case d.state when 'retrying' then now() + d.delay_ms * interval '1 millisecond' end as due_at,
    (s.row).erased as ends,
    -- The answer to a group may repeat what its members say.
    bool_or((s.row).erased) over (partition by coalesce(d.group_id, d.delivery_id)) as erased,
    case when d.reason = 'ok' and d.lead <> d.delivery_id then d.lead end as delivered_in,
    max(d.ord) filter (where d.reason = 'ok') over (partition by d.webhook_id) as last_ok,
    max(d.ord) filter (where d.theirs) over (partition by d.webhook_id) as last_ord
  -- By position, not by delivery: a batch may hold a stale result and the current one of the same delivery.
  from decided d join settled s on s.ord = d.ord where (s.row).delivery_id is not null
), attempted as (
  select * from held where delivered_in is null
), attempts as (${attemptsFrom('attempted', false, 'd.group_id')}
), logged as (
  insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_status,
    last_reason, duration_ms, next_attempt_at, finished_at, delivered_in)
  select agency_id, delivery_id, webhook_id, event_id, event_type, state, n, status,
    case state when 'skipped' then 'webhook_off' when 'cancelled' then 'webhook_deleted' else reason end, duration_ms,
    due_at, case when state <> 'retrying' then now() end, delivered_in
  from held where not logged
), deliveries as (
  -- The range prunes the partitions of other days. So would a list of ids, but each lookup sorts it first: 14 µs each.
  update webhook_deliveries v
  set state = case v.state when 'delivered' then v.state else h.state end, attempts = greatest(v.attempts, h.n),
    last_status = h.status,
    last_reason = case
      when v.state = 'delivered' then h.reason
      when h.state = 'skipped' then 'webhook_off'
      when h.state = 'cancelled' then 'webhook_deleted'
      else h.reason end,
    duration_ms = h.duration_ms, next_attempt_at = h.due_at,
    delivered_in = case when v.state = 'delivered' then v.delivered_in else h.delivered_in end,
    finished_at = case when v.state = 'delivered' or h.state <> 'retrying' then coalesce(v.finished_at, now()) end
  from held h where h.logged and v.agency_id = h.agency_id and v.id = h.delivery_id and v.id between $31 and $32
), per_webhook as (
  select webhook_id, agency_id, count(*) filter (where reason = 'ok') as ok,
    count(*) filter (where counts) as failed_attempts,
    count(*) filter (where state = 'failed') as failed,
    count(*) filter (where counts and ord > coalesce(last_ok, 0)) as after_ok,
    count(*) filter (where down and ord > coalesce(last_ok, 0)) as after_ok_down,
    count(*) filter (where down and state = 'failed' and ord > coalesce(last_ok, 0)) as after_ok_failed,
    max(status) filter (where ord = last_ord) as status, max(reason) filter (where ord = last_ord) as reason,
    bool_or(theirs) as theirs, max(hold_ms) as hold_ms, max(holds + 1) filter (where hold_ms is not null) as held,
    max(holds) filter (where theirs and hold_ms is null) as answered
  from held group by webhook_id, agency_id
), health as (
  -- A hold is ended by an answer to its probe, which carries its number; a request from before it (0) neither ends nor
  -- doubles it. \`excluded.holds\`: the number of the hold that begins, or minus that of the hold that was answered.
  insert into webhook_health as h (webhook_id, agency_id, failures_in_a_row, failed_deliveries_in_a_row, failing_since,
    down_attempts, down_since, last_attempt_at, last_success_at, last_status, last_reason, holds, held_since,
    held_until)
  select webhook_id, agency_id, after_ok, after_ok_failed, case when after_ok > 0 then now() end,
    after_ok_down, case when after_ok_down > 0 then now() end,
    now(), case when ok > 0 then now() end, status, reason,
    case when held > coalesce(answered, 0) then held else -coalesce(answered, 0) end,
    case when held > coalesce(answered, 0) then now() end,
    case when held > coalesce(answered, 0) then now() + hold_ms * interval '1 millisecond' end
  from per_webhook where theirs order by webhook_id
  on conflict (webhook_id) do update set
    failures_in_a_row = excluded.failures_in_a_row
      + case when excluded.last_success_at is null then h.failures_in_a_row else 0 end,
    failed_deliveries_in_a_row = excluded.failed_deliveries_in_a_row
      + case when excluded.last_success_at is null then h.failed_deliveries_in_a_row else 0 end,
    failing_since = case when excluded.last_success_at is null
      then coalesce(h.failing_since, excluded.failing_since) else excluded.failing_since end,
    down_attempts = excluded.down_attempts + case when excluded.last_success_at is null then h.down_attempts else 0 end,
    down_since = case when excluded.last_success_at is null
      then coalesce(h.down_since, excluded.down_since) else excluded.down_since end,
    last_attempt_at = excluded.last_attempt_at, last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
    last_status = excluded.last_status, last_reason = excluded.last_reason,
    -- A success ends the pause: what is due is sent oldest first, as fast as the limit of the webhook allows.
    paused_at = case when excluded.last_success_at is null then h.paused_at end,
    paused_until = case when excluded.last_success_at is null then h.paused_until end,
    pause_count = case when excluded.last_success_at is null then h.pause_count else 0 end,
    probe_delivery_id = case when excluded.last_success_at is null then h.probe_delivery_id end,
    held_until = case
      when excluded.holds > h.holds then excluded.held_until
      when -excluded.holds < h.holds then greatest(h.held_until, excluded.held_until) end,
    held_since = case when excluded.holds > 0 or -excluded.holds < h.holds
      then coalesce(h.held_since, excluded.held_since) end,
    holds = case when excluded.holds > 0 or -excluded.holds < h.holds then greatest(h.holds, excluded.holds) else 0 end
  returning h.webhook_id, h.failures_in_a_row, h.failed_deliveries_in_a_row, h.down_attempts,
    extract(epoch from now() - h.failing_since)::float8 * 1000 as failing_for_ms,
    extract(epoch from now() - h.down_since)::float8 * 1000 as down_for_ms, h.paused_until is not null as paused
), hours as (
  insert into webhook_hours as h (webhook_id, hour, agency_id, delivered, failed, failed_attempts)
  select webhook_id, date_trunc('hour', now(), 'UTC'), agency_id, ok, failed, failed_attempts
  from per_webhook order by webhook_id
  on conflict (webhook_id, hour) do update set delivered = h.delivered + excluded.delivered,
    failed = h.failed + excluded.failed, failed_attempts = h.failed_attempts + excluded.failed_attempts
), switched_off as (
  update webhooks w
  set is_active = false, off_reason = case h.reason when 'target_gone' then h.reason else 'gone' end, off_at = now(),
    version = w.version + 1, updated_at = now()
  from held h where w.id = h.webhook_id and h.decision = 'switch_off' and w.is_active and w.deleted_at is null
  returning w.id, w.agency_id, w.off_reason, h.audit_id
), audited as (
  insert into audit_log (id, agency_id, actor_kind, action, target_kind, target_id, details)
  select audit_id, agency_id, 'system', 'webhook.switched_off', 'webhook', id,
    jsonb_build_object('off_reason', off_reason)
  from switched_off
)
select d.ord::int as ord, coalesce(o.state, 'fenced') as state, o.ends is true as erased, h.failures_in_a_row,
  h.failed_deliveries_in_a_row, h.failing_for_ms, h.down_attempts, h.down_for_ms, h.paused,
  s.id is not null as switched_off
from decided d
left join held o on o.ord = d.ord
left join health h on h.webhook_id = o.webhook_id
left join switched_off s on s.id = o.webhook_id`;

/**
 * Records fenced results, which change nothing else. Whether their message was erased is read from the event, because
 * their queue row may be gone. While an erasure holds the lock on the event, no response is stored.
 */
export const FENCED_SQL = /* sql */ `
with input as materialized (${INPUT}), events as materialized (
  select e.* from (select distinct agency_id, event_id from input order by event_id) i cross join lateral (
    select v.id, v.purged_at is not null as erased from webhook_events v
    where v.agency_id = i.agency_id and v.id = i.event_id for share skip locked
  ) e
), fenced as (
  select i.*, coalesce(e.erased, true) as erased from input i left join events e on e.id = i.event_id
)${attemptsFrom('fenced', true)}`;

/** Stores a finished test: its event, delivery and attempt. $27 is the message. */
export const TEST_SQL = /* sql */ `
with input as materialized (${INPUT}), events as (
  insert into webhook_events (agency_id, id, type, occurred_at, test, body)
  select agency_id, event_id, event_type, now() - age_ms * interval '1 millisecond', true, $27 from input
), deliveries as (
  insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, test, state, attempts, last_status,
    last_reason, duration_ms, finished_at)
  select agency_id, delivery_id, webhook_id, event_id, event_type, true,
    case reason when 'ok' then 'delivered' else 'failed' end, n, status, reason, duration_ms, now()
  from input
), attempted as (
  select *, false as erased from input
)${attemptsFrom('attempted', false)}`;

/** With the health of the webhook after the batch; null if the result was fenced, or if nothing failed. */
export interface SettleRow extends Nullable<HealthFacts> {
  state: DeliveryState | 'fenced';
  /** The message was erased while the request was in flight: nothing may be sent any more. */
  erased: boolean;
  /** This batch switched the webhook off because it answered 410. */
  switched_off: boolean;
}

type Nullable<T> = { [Key in keyof T]: T[Key] | null };

/** A row of the statement, with the position of the result in the batch, from 1. */
export type SettledRow = SettleRow & { ord: number };

const columnOf =
  <R>(records: readonly R[]) =>
  <T>(read: (record: R) => T): T[] =>
    records.map(read);

/** The parameters $1 to $26. */
export function attemptParameters(
  records: readonly Omit<AttemptRecord, 'decision' | 'holdMs'>[],
  nowMs: number,
): unknown[] {
  const column = columnOf(records);
  return [
    uuidArray(column((r) => r.delivery.deliveryId)),
    uuidArray(column((r) => r.delivery.token)),
    intArray(column((r) => r.delivery.attempt)),
    uuidArray(column((r) => r.delivery.agencyId)),
    uuidArray(column((r) => r.delivery.webhookId)),
    uuidArray(column((r) => r.delivery.eventId)),
    textArray(column((r) => r.delivery.eventType)),
    // Times are those of the database clock; ours only measures how long ago the attempt began.
    floatArray(column((r) => nowMs - r.startedAtMs)),
    textArray(column((r) => r.outcome.reason)),
    intArray(column((r) => r.outcome.answer?.status ?? null)),
    intArray(column((r) => r.outcome.timing.totalMs)),
    intArray(column((r) => r.outcome.timing.dnsMs)),
    intArray(column((r) => r.outcome.timing.connectMs)),
    intArray(column((r) => r.outcome.timing.tlsMs)),
    intArray(column((r) => r.outcome.timing.firstByteMs)),
    booleanArray(column((r) => r.outcome.reconnected)),
    textArray(column((r) => (r.outcome.kind === 'failed' ? r.outcome.detail : null))),
    intArray(column((r) => r.request?.version ?? null)),
    intArray(column((r) => r.request?.signedAt ?? null)),
    intArray(column((r) => r.request?.signatures ?? null)),
    textArray(column((r) => (r.outcome.answer ? JSON.stringify(r.outcome.answer.headers) : null))),
    textArray(column((r) => r.outcome.answer?.body ?? null)),
    booleanArray(column((r) => r.outcome.answer?.truncated ?? false)),
    textArray(column((r) => r.outcome.answer?.encoding ?? null)),
    textArray(column((r) => (r.outcome.kind === 'failed' ? (r.outcome.certificateExpiredAt ?? null) : null))),
    RELEASE,
  ];
}

const NOT_ABOUT_THE_RECEIVER = ['ok', 'our_fault', ...MESSAGE_REASONS];

export function settleAnyParameters(records: readonly AttemptRecord[], nowMs: number): unknown[] {
  const column = columnOf(records);
  const sorted = column((r) => r.delivery.deliveryId).sort();
  return [
    ...attemptParameters(records, nowMs),
    textArray(column((r) => r.decision.kind)),
    floatArray(column((r) => ('delayMs' in r.decision ? r.decision.delayMs : 0))),
    booleanArray(column((r) => r.delivery.logged)),
    uuidArray(column((r) => (r.decision.kind === 'switch_off' ? uuidv7(nowMs) : null))),
    sorted[0],
    sorted.at(-1),
    NOT_ABOUT_THE_RECEIVER,
    floatArray(column((r) => r.holdMs)),
    intArray(column((r) => r.delivery.held?.holds ?? 0)),
    uuidArray(column((r) => r.group?.id ?? null)),
    uuidArray(column((r) => r.group?.lead ?? null)),
  ];
}

/** Whether settle_delivered can store the result. */
export function isPlain({ delivery, decision, outcome, group }: AttemptRecord): boolean {
  if (decision.kind !== 'delivered' || outcome.answer === null || group) return false;
  return delivery.attempt === 1 && !delivery.logged && delivery.held === null;
}

export const SETTLE_DELIVERED_SQL = /* sql */ `
select settle_delivered($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::int[],
  $9::int[], $10::int[], $11::int[], $12::int[], $13::text[], $14::text[], $15::text[], $16, $17::uuid[], $18::uuid[],
  $19::int[], $20::int[])`;

/** SQLSTATEs with which it fails for other results: one that it raises, and unique_violation. */
export const NOT_PLAIN = new Set(['BP001', '23505']);

export function settleDeliveredParameters(records: readonly AttemptRecord[], nowMs: number): unknown[] {
  const column = columnOf(records);
  const webhooks = perWebhook(records);
  return [
    uuidArray(column((r) => r.delivery.deliveryId)),
    uuidArray(column((r) => r.delivery.token)),
    uuidArray(column((r) => r.delivery.agencyId)),
    uuidArray(column((r) => r.delivery.webhookId)),
    uuidArray(column((r) => r.delivery.eventId)),
    textArray(column((r) => r.delivery.eventType)),
    floatArray(column((r) => nowMs - r.startedAtMs)),
    intArray(column((r) => r.outcome.answer!.status)),
    intArray(column((r) => r.outcome.timing.totalMs)),
    intArray(column((r) => r.outcome.timing.firstByteMs)),
    intArray(column((r) => r.request!.version)),
    intArray(column((r) => r.request!.signedAt)),
    textArray(column(unusual)),
    textArray(column((r) => JSON.stringify(r.outcome.answer!.headers))),
    textArray(column((r) => r.outcome.answer!.body)),
    RELEASE,
    uuidArray(webhooks.map((webhook) => webhook.id)),
    uuidArray(webhooks.map((webhook) => webhook.agencyId)),
    intArray(webhooks.map((webhook) => webhook.delivered)),
    intArray(webhooks.map((webhook) => webhook.status)),
  ];
}

/** Sorted by id, the order in which their rows are locked. */
function perWebhook(records: readonly AttemptRecord[]) {
  const webhooks = new Map<string, { id: string; agencyId: string; delivered: number; status: number }>();
  for (const { delivery, outcome } of records) {
    const { status } = outcome.answer!;
    const known = webhooks.get(delivery.webhookId);
    if (known) {
      known.delivered++;
      known.status = status;
    } else {
      const { webhookId: id, agencyId } = delivery;
      webhooks.set(id, { id, agencyId, delivered: 1, status });
    }
  }
  return [...webhooks.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The column `unusual` of the log: JSON of values that most attempts do not have; null without any. */
function unusual({ outcome, request }: AttemptRecord): string | null {
  const { dnsMs, connectMs, tlsMs } = outcome.timing;
  const { truncated, encoding } = outcome.answer!;
  const { signatures } = request!;
  const oldConnection = dnsMs === null && connectMs === null && tlsMs === null && !outcome.reconnected;
  if (oldConnection && signatures === 1 && !truncated && encoding === 'utf-8') return null;
  return JSON.stringify({
    dns_ms: dnsMs ?? undefined,
    connect_ms: connectMs ?? undefined,
    tls_ms: tlsMs ?? undefined,
    reconnected: outcome.reconnected || undefined,
    signatures: signatures === 1 ? undefined : signatures,
    truncated: truncated || undefined,
    encoding: encoding === 'utf-8' ? undefined : encoding,
  });
}
