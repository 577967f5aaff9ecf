/* The SQL of fill.ts: rows as the server itself would have left them. */

/** A day's partition of each table, as the server makes them. */
export const PARTITIONS = (day: string, fromMs: number, toMs: number): string =>
  ['webhook_events', 'webhook_deliveries', 'webhook_attempts']
    .map((table) => {
      const name = `${table}_p${day}`;
      return `do $$ begin
        if to_regclass('${name}') is null then
          create table ${name} (like ${table} including all);
          alter table ${name} owner to bpoc;
          perform protect_table('${name}');
          alter table ${table} attach partition ${name} for values from ('${floorOf(fromMs)}') to ('${floorOf(toMs)}');
        end if;
      end $$;`;
    })
    .join('\n');

/** The lowest id of a time. */
function floorOf(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

export const FUNCTIONS = /* sql */ `
create or replace function pg_temp.id_at(ms bigint) returns uuid language sql volatile as $$
  select (lpad(to_hex(ms), 12, '0') || '7' || left(r, 3) || 'a' || substr(r, 4, 15))::uuid
  from (select md5(random()::text) as r) m
$$`;

/** Event types with their share of all events; rejected offers are the rarest that people look for. */
const TYPES: [type: string, share: number][] = [
  ['application.status_changed', 0.4],
  ['application.created', 0.2],
  ['interview.scheduled', 0.13],
  ['interview.completed', 0.1],
  ['video.recording.ready', 0.05],
  ['video.transcript.completed', 0.05],
  ['offer.sent', 0.035],
  ['offer.accepted', 0.02],
  ['placement.created', 0.013],
  ['offer.rejected', 0.0015],
  ['webhook.test', 0.0005],
];

/** Why a delivery fails outside of an outage. */
const REASONS: [reason: string, status: number | null, share: number][] = [
  ['timeout', null, 0.35],
  ['server_error', 500, 0.25],
  ['down', 503, 0.15],
  ['bad_gateway', 502, 0.1],
  ['not_found', 404, 0.06],
  ['not_allowed', 401, 0.05],
  ['bad_request', 422, 0.03],
  ['rate_limited', 429, 0.006],
  ['dns', null, 0.003],
  ['tls_expired', null, 0.001],
];

/** A CASE that picks a value by a random number from 0 to 1. */
function picked(luck: string, choices: readonly (readonly [value: string, share: number])[]): string {
  let below = 0;
  const whens = choices.map(([value, share]) => `when ${luck} < ${(below += share).toFixed(6)} then ${value}`);
  return `case ${whens.join(' ')} else ${choices[0]![0]} end`;
}

const quoted = (text: string) => `'${text}'`;

/** How many webhooks of agency $1 get an event, on average. */
export const RECIPIENTS_PER_EVENT = /* sql */ `
select sum(t.share)::float8 as each
from (values ${TYPES.map(([type, share]) => `('${type}', ${share})`).join(', ')}) as t(type, share)
join webhooks w on w.agency_id = $1 and webhook_matches(w.events, t.type)`;

/** Events of applications with their candidates and jobs. $1 agency, $2 how many events, $3 and $4 from and to. */
export const HAPPENED = /* sql */ `
create temp table happened as
select pg_temp.id_at(m.ms) as event_id, $1::uuid as agency_id, to_timestamp(m.ms / 1000.0) as at, m.application,
  ${picked(
    'm.luck',
    TYPES.map(([type, share]) => [quoted(type), share]),
  )} as type
from (
  select ($3::float8 + (($4::float8 - $3::float8) * i) / $2)::bigint as ms,
    floor(random() * greatest(10, $2 * 3))::int as application, random() as luck
  from generate_series(0, $2::int - 1) as i
) m`;

/**
 * The recipients of each event, with random numbers that decide the outcome. $1 agency, $2 the limit, $3 now. Each
 * webhook is down for three hours of every ninth day. Rows above the limit are left out at random.
 */
export const RECIPIENTS = /* sql */ `
create temp table recipients as
with matched as (
  select h.event_id, h.at, h.type, h.application, w.id as webhook_id, w.is_active,
    delivery_id(h.event_id, w.id) as id, random() as luck, random() as why,
    row_number() over (order by hashtext(h.event_id::text)) as place
  from happened h join webhooks w on w.agency_id = $1 and webhook_matches(w.events, h.type)
)
select m.*, m.luck < case
    when (abs(hashtext(webhook_id::text)) + extract(day from at)::int) % 9 = 0
      and extract(hour from at) between 9 and 11 then 0.9
    else 0.016 end as unlucky,
  to_timestamp($3::float8 / 1000) - at as age
from matched m where place <= $2`;

export const SETTLED = /* sql */ `
create temp table settled as
select t.*, x.state, x.reason, x.status,
  case x.state when 'waiting' then 0 when 'skipped' then 0 when 'cancelled' then 1 when 'retrying' then 2
    when 'failed' then 4 else case when why < 0.015 then 2 else 1 end end as attempts
from (
  select t.*, case
      when not is_active and age < interval '15 days' then 'skipped'
      when unlucky and age < interval '1 hour' then 'retrying'
      when unlucky then 'failed'
      when luck > 0.9995 then 'cancelled'
      when age < interval '2 minutes' and why < 0.2 then 'waiting'
      else 'delivered' end as became,
    ${picked(
      'why',
      REASONS.map(([reason, , share]) => [quoted(reason), share]),
    )} as wrong,
    ${picked(
      'why',
      REASONS.map(([, status, share]) => [status === null ? 'null::int' : String(status), share]),
    )} as wrong_status
  from recipients t
) t cross join lateral (select became as state,
  case became when 'skipped' then 'webhook_off' when 'cancelled' then 'cancelled' when 'delivered' then 'ok'
    when 'waiting' then null else wrong end as reason,
  case when became = 'delivered' then case when why < 0.92 then 200 when why < 0.97 then 204 else 202 end
    when became in ('failed', 'retrying') then wrong_status end as status) x
order by t.id`;

const RECORD = (kind: string) => `'${kind}-' || application`;

/** The record that an event is about: the first that it names. */
const SUBJECT = /* sql */ `case split_part(type, '.', 1)
  when 'application' then ${RECORD('A')} when 'interview' then ${RECORD('I')} when 'offer' then ${RECORD('O')}
  when 'video' then ${RECORD('V')} when 'placement' then ${RECORD('P')} end`;
const SUBJECT_KIND = /* sql */ `case split_part(type, '.', 1)
  when 'video' then case type when 'video.recording.ready' then 'recording' else 'transcript' end
  when 'webhook' then null else split_part(type, '.', 1) end`;

/**
 * A placeholder for the hash of a reference, which only the server can compute. findable.ts replaces those that are
 * searched.
 */
export const fakeHash = (agency: string, kind: string, value: string): string =>
  `hashtextextended(${agency} || ' ${kind} ' || ${value}, 0)`;

/** Only events with recipients: the others would exceed a log of this size. */
export const EVENTS = /* sql */ `
insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, test, subject_kind, subject_id, ref1, ref2,
  ref3, body)
select event_id, agency_id, type, at, at, type = 'webhook.test', ${SUBJECT_KIND}, ${SUBJECT},
  ${fakeHash('agency_id', 'application', RECORD('A'))},
  ${fakeHash('agency_id', 'candidate', `'C-' || application / 3`)},
  ${fakeHash('agency_id', 'job', `'J-' || application % 2000`)},
  format('{"event":"%s","timestamp":"%s","data":{"applicationId":"A-%s","jobId":"J-%s","candidateId":"C-%s",' ||
    '"candidateName":"Maria Santos","candidateEmail":"maria@example.com",' ||
    '"jobTitle":"Customer Service Representative"}}',
    type, at, application, application % 2000, application / 3)
from happened where event_id in (select event_id from recipients) order by event_id`;

/** Pending deliveries are only in the queue; the only attempt of a delivered one is part of its row. */
const inline = (value: string) => `case when s.state = 'delivered' and s.attempts = 1 then ${value} end`;

export const DELIVERIES = /* sql */ `
insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, test, state, attempts, last_status,
  last_reason, duration_ms, next_attempt_at, finished_at, started_at, first_byte_ms, version, release, signed_at,
  response_headers, response_body)
select s.id, w.agency_id, s.webhook_id, s.event_id, s.type, s.type = 'webhook.test', s.state, s.attempts, s.status,
  s.reason, case when s.attempts > 0 then 20 + (s.why * 400)::int end,
  case when s.state = 'retrying' then now() + interval '2 days' end,
  case when s.state <> 'retrying' then s.at + interval '1 second' end,
  ${inline('s.at')}, ${inline('39')}, ${inline('1')}, ${inline(`'0.1.0'`)}, ${inline('1769077800')},
  ${inline(`'{"content-type":"text/plain","content-length":"2"}'`)}, ${inline(`'ok'`)}
from settled s join webhooks w on w.id = s.webhook_id where s.state <> 'waiting' order by s.id`;

/** Far in the future, so that none is sent. */
export const QUEUE = /* sql */ `
insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, attempt, failures, logged)
select s.id, w.agency_id, s.webhook_id, s.event_id, s.type, now() + interval '2 days', s.attempts, s.attempts,
  s.state <> 'waiting'
from settled s join webhooks w on w.id = s.webhook_id where s.state in ('waiting', 'retrying')`;

export const ATTEMPTS = /* sql */ `
insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status, duration_ms,
  first_byte_ms, version, release, signed_at, signatures, response_headers, response_body)
select s.id, n, w.agency_id, s.webhook_id, s.at + n * interval '1 minute',
  case when s.state = 'delivered' and n = s.attempts then 'succeeded' else 'failed' end,
  case when s.state = 'delivered' and n < s.attempts then 'timeout' else s.reason end,
  case when s.state = 'delivered' and n < s.attempts then null else s.status end, 40, 39, 1, '0.1.0', 1769077800, 1,
  '{"content-type":"text/plain","content-length":"2"}', 'ok'
from settled s join webhooks w on w.id = s.webhook_id cross join lateral generate_series(1, s.attempts) as n
where s.state <> 'delivered' or s.attempts > 1
order by s.id, n`;
