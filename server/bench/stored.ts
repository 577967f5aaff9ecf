import { referenceHash } from '../src/events/reference-hash.js';
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
    for (const sql of [EVENTS, DELIVERIES]) await client.query(sql);
    await client.query(options.kind === 'pending' ? QUEUE : ATTEMPTS);
    await client.query('drop table stored');
  } finally {
    // Destroyed, because of its session settings.
    client.release(true);
  }
}

/** The candidate that a bench of the log searches for; others have references that nobody can find. */
export const LOOKED_FOR = 'candidate-4711';

function rowParameters({ targets, count, fromMs, toMs, kind }: StoredOptions): unknown[] {
  const agencies = targets.map(({ agencyId }) => agencyId);
  const looked = agencies.map((agencyId) => String(referenceHash(agencyId, 'candidate', LOOKED_FOR)));
  return [agencies, targets.map(({ webhookId }) => webhookId), count, fromMs, toMs, kind === 'pending', looked];
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
  end as state,
  case when abs(hashtext(e.event_id::text)) % 100000 = 4711 then e.looked_for
    else hashtextextended(e.event_id::text, 1) end as candidate
from (
  select pg_temp.id_at(m.ms) as event_id, to_timestamp(m.ms / 1000.0) as at, ($1::uuid[])[m.n] as agency_id,
    ($2::uuid[])[m.n] as webhook_id, ($7::bigint[])[m.n] as looked_for, random() as luck
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
insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, subject_kind, subject_id, ref1, ref2, ref3,
  body)
select event_id, agency_id, 'application.created', at, at, 'application', event_id::text,
  hashtextextended(event_id::text, 0), candidate, abs(hashtext(event_id::text)) % 10000,
  format('${BODY}', at, event_id, abs(hashtext(event_id::text)) % 10000, abs(hashtext(event_id::text)) % 100000)
from stored`;

const DELIVERIES = /* sql */ `
insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_status,
  last_reason, duration_ms, finished_at, started_at, first_byte_ms, version, release, signed_at, response_headers,
  response_body)
select agency_id, id, webhook_id, event_id, 'application.created', state,
  case state when 'delivered' then 1 when 'failed' then 4 else 0 end,
  case state when 'delivered' then 200 when 'failed' then 500 end,
  case state
    when 'delivered' then 'ok'
    when 'failed' then 'server_error'
    when 'skipped' then 'webhook_off'
    when 'cancelled' then 'webhook_deleted'
  end,
  case when state in ('delivered', 'failed') then 40 end, at, case state when 'delivered' then at end, 39, 1, '0.1.0',
  1769077800, '{"content-type":"text/plain","content-length":"2"}', 'ok'
from stored where state <> 'waiting'`;

const QUEUE = /* sql */ `
insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at)
select id, agency_id, webhook_id, event_id, 'application.created', at from stored`;

const ATTEMPTS = /* sql */ `
insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status, duration_ms,
  first_byte_ms, version, release, signed_at, signatures, response_headers, response_body)
select id, 1, agency_id, webhook_id, at, 'failed', 'server_error', 500, 40, 39, 1, '0.1.0', 1769077800, 1,
  '{"content-type":"text/plain","content-length":"2"}', 'ok'
from stored where state = 'failed'`;
