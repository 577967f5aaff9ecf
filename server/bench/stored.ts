import type { Schema } from './database.js';
import type { Target } from './server.js';

/*
 * Rows as the server would have left them, generated in SQL: sending 5 million deliveries would take an hour. Turns
 * off synchronous_commit, for this session only.
 */

export interface StoredOptions {
  targets: Target[];
  count: number;
  /** Time range of the events, in milliseconds since 1970. */
  fromMs: number;
  toMs: number;
  /** `history`: almost all delivered. `pending`: all waiting, due now. */
  kind: 'history' | 'pending';
}

export async function store({ pool }: Schema, options: StoredOptions): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set synchronous_commit = off; set work_mem = '256MB'; ${FUNCTIONS}`);
    await client.query(`create temp table stored as ${ROWS} order by event_id`, rowParameters(options));
    for (const sql of [EVENTS, REFERENCES, DELIVERIES]) await client.query(sql);
    await client.query(options.kind === 'pending' ? QUEUE : ATTEMPTS);
    await client.query('drop table stored');
  } finally {
    // Destroyed, because of its session settings.
    client.release(true);
  }
}

function rowParameters({ targets, count, fromMs, toMs, kind }: StoredOptions): unknown[] {
  const agencies = targets.map(({ agencyId }) => agencyId);
  return [agencies, targets.map(({ webhookId }) => webhookId), count, fromMs, toMs, kind === 'pending'];
}

const FUNCTIONS = /* sql */ `
create or replace function pg_temp.id_at(ms bigint) returns uuid language sql volatile as $$
  select (lpad(to_hex(ms), 12, '0') || '7' || left(r, 3) || 'a' || substr(r, 4, 15))::uuid
  from (select md5(random()::text) as r) m
$$`;

/** 1.5 % failed, 0.7 % skipped, 0.3 % cancelled, the rest delivered. */
const ROWS = /* sql */ `
select e.event_id, e.agency_id, e.webhook_id, delivery_id(e.event_id, e.webhook_id) as id, e.at,
  case
    when $6 then 'waiting'
    when e.luck < 0.015 then 'failed'
    when e.luck < 0.022 then 'skipped'
    when e.luck < 0.025 then 'cancelled'
    else 'delivered'
  end as state
from (
  select pg_temp.id_at(m.ms) as event_id, to_timestamp(m.ms / 1000.0) as at, ($1::uuid[])[m.n] as agency_id,
    ($2::uuid[])[m.n] as webhook_id, random() as luck
  from (
    select ($4::float8 + (($5::float8 - $4::float8) * i) / $3)::bigint as ms,
      1 + floor(random() * cardinality($1::uuid[]))::int as n
    from generate_series(0, $3::int - 1) as i
  ) m
) e`;

const BODY =
  '{"event":"application.created","timestamp":"%s","data":{"applicationId":"%s","jobId":"job-%s",' +
  '"candidateId":"candidate-%s","candidateName":"Maria Santos","candidateEmail":"maria@example.com",' +
  '"jobTitle":"Customer Service Representative"}}';

const EVENTS = /* sql */ `
insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, subject_kind, subject_id, body)
select event_id, agency_id, 'application.created', at, at, 'application', event_id::text,
  format('${BODY}', at, event_id, abs(hashtext(event_id::text)) % 10000, abs(hashtext(event_id::text)) % 100000)
from stored`;

const REFERENCES = /* sql */ `
insert into event_references (agency_id, kind, value, event_id)
select s.agency_id, r.kind, r.value, s.event_id
from stored s
cross join lateral (values
  ('application', s.event_id::text),
  ('job', 'job-' || abs(hashtext(s.event_id::text)) % 10000),
  ('candidate', 'candidate-' || abs(hashtext(s.event_id::text)) % 100000)
) as r(kind, value)`;

const DELIVERIES = /* sql */ `
insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, subject_kind, subject_id, state,
  attempts, last_status, last_reason, duration_ms, next_attempt_at, created_at, finished_at)
select id, agency_id, webhook_id, event_id, 'application.created', 'application', event_id::text, state,
  case state when 'delivered' then 1 when 'failed' then 4 else 0 end,
  case state when 'delivered' then 200 when 'failed' then 500 end,
  case state
    when 'delivered' then 'ok'
    when 'failed' then 'server_error'
    when 'skipped' then 'webhook_off'
    when 'cancelled' then 'webhook_deleted'
  end,
  case when state in ('delivered', 'failed') then 40 end,
  case state when 'waiting' then at end, at, case when state <> 'waiting' then at end
from stored`;

const QUEUE = /* sql */ `
insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, due_at)
select id, agency_id, webhook_id, event_id, at from stored`;

const HEADERS =
  '{"content-type":"application/json","user-agent":"BPOC-Webhooks/0.1.0","x-webhook-event":"application.created",' +
  '"x-webhook-delivery":"%s","x-webhook-attempt":"1","webhook-id":"%s","webhook-timestamp":"1769077800",' +
  '"x-webhook-signature":"sha256=…0a1b","webhook-signature":"v1,…2c3="}';

const ATTEMPTS = /* sql */ `
insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status, duration_ms,
  first_byte_ms, request_headers, response_headers, response_body)
select id, 1, agency_id, webhook_id, at,
  case state when 'delivered' then 'succeeded' else 'failed' end,
  case state when 'delivered' then 'ok' else 'server_error' end,
  case state when 'delivered' then 200 else 500 end, 40, 39, format('${HEADERS}', id, event_id)::json,
  '{"content-type":"text/plain","content-length":"2"}', 'ok'
from stored where state in ('delivered', 'failed')`;
