import { referenceHash } from '../src/events/publishable-event.js';
import type { Schema } from './database.js';
import type { Target } from './server.js';

/*
 * Rows as the server would have left them, generated in SQL: sending 5 million deliveries would take an hour. Turns
 * off synchronous_commit, for this session only.
 */

/** The one candidate that can be searched for: SQL has no function for the hash of a reference. */
export const SEARCHED_CANDIDATE = 'candidate-4711';

export interface StoredOptions {
  targets: Target[];
  count: number;
  /** Time range of the events, in milliseconds since 1970. */
  fromMs: number;
  toMs: number;
  /** `history`: almost all delivered. `pending`: all waiting, due now. `later`: all waiting, due tomorrow. */
  kind: 'history' | 'pending' | 'later';
}

export async function store({ pool }: Schema, options: StoredOptions): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`set synchronous_commit = off; set work_mem = '256MB'; ${FUNCTIONS}`);
    await client.query(`create temp table stored as ${ROWS} order by event_id`, rowParameters(options));
    await client.query(EVENTS);
    if (options.kind === 'history') for (const sql of [DELIVERIES, ATTEMPTS]) await client.query(sql);
    else await client.query(QUEUE, [options.kind === 'later']);
    await client.query('drop table stored');
  } finally {
    // Destroyed, because of its session settings.
    client.release(true);
  }
}

function rowParameters({ targets, count, fromMs, toMs }: StoredOptions): unknown[] {
  const agencies = targets.map(({ agencyId }) => agencyId);
  const hashes = agencies.map((agencyId) => String(referenceHash(agencyId, 'candidate', SEARCHED_CANDIDATE)));
  return [agencies, targets.map(({ webhookId }) => webhookId), count, fromMs, toMs, hashes];
}

const FUNCTIONS = /* sql */ `
create or replace function pg_temp.id_at(ms bigint) returns uuid language sql volatile as $$
  select (lpad(to_hex(ms), 12, '0') || '7' || left(r, 3) || 'a' || substr(r, 4, 15))::uuid
  from (select md5(random()::text) as r) m
$$`;

/** The first `share` of the values of `luck`, a number from 0 to 1, and so on; the rest is the last. */
function picked(luck: string, choices: readonly (readonly [value: string, share: number])[], rest: string): string {
  let below = 0;
  const whens = choices.map(([value, share]) => `when ${luck} < ${(below += share).toFixed(6)} then ${value}`);
  return `case ${whens.join(' ')} else ${rest} end`;
}

/** A rejected offer is as rare as anything that people search for; there are no interviews. */
const TYPE = picked(
  'kind',
  [
    [`'offer.rejected'`, 0.0001],
    [`'placement.created'`, 0.002],
    [`'video.recording.ready'`, 0.05],
    [`'application.status_changed'`, 0.35],
  ],
  `'application.created'`,
);
const STATE = picked(
  'luck',
  [
    [`'failed'`, 0.015],
    [`'skipped'`, 0.007],
    [`'cancelled'`, 0.003],
  ],
  `'delivered'`,
);
const REASON = picked(
  'why',
  [
    [`'not_found'`, 0.1],
    [`'tls_expired'`, 0.01],
    [`'timeout'`, 0.3],
  ],
  `'server_error'`,
);
const FAILED_STATUS = `case reason when 'not_found' then 404 when 'server_error' then 500 end`;
const ACCEPTED_STATUS = picked(
  'why',
  [
    ['204', 0.05],
    ['202', 0.0002],
  ],
  '200',
);

/** 1.5 % failed, 0.7 % skipped, 0.3 % cancelled, the rest delivered; one in two thousand is a test. */
const ROWS = /* sql */ `
select r.*, case state when 'delivered' then 1 when 'failed' then 4 else 0 end as attempts,
  case state when 'delivered' then ${ACCEPTED_STATUS} when 'failed' then ${FAILED_STATUS} end as status
from (
  select e.*, delivery_id(e.event_id, e.webhook_id) as id, abs(hashtext(e.event_id::text)) as n,
    case when kind > 0.9995 then 'webhook.test' else ${TYPE} end as type, ${STATE} as state, kind > 0.9995 as test,
    case ${STATE} when 'delivered' then 'ok' when 'skipped' then 'webhook_off' when 'cancelled' then 'webhook_deleted'
      else ${REASON} end as reason
  from (
    select pg_temp.id_at(m.ms) as event_id, to_timestamp(m.ms / 1000.0) as at, ($1::uuid[])[m.n] as agency_id,
      ($2::uuid[])[m.n] as webhook_id, ($6::bigint[])[m.n] as searched, random() as luck, random() as kind,
      random() as why
    from (
      select ($4::float8 + (($5::float8 - $4::float8) * i) / $3)::bigint as ms,
        1 + floor(random() * cardinality($1::uuid[]))::int as n
      from generate_series(0, $3::int - 1) as i
    ) m
  ) e
) r`;

const BODY =
  '{"event":"%s","timestamp":"%s","data":{"applicationId":"%s","jobId":"job-%s",' +
  '"candidateId":"candidate-%s","candidateName":"Maria Santos","candidateEmail":"maria@example.com",' +
  '"jobTitle":"Customer Service Representative","startDate":"2026-02-01"}}';

const EVENTS = /* sql */ `
insert into webhook_events (id, agency_id, type, occurred_at, accepted_at, test, subject_kind, subject_id, ref1, ref2,
  ref3, body)
select event_id, agency_id, type, at, at, test, 'application', event_id::text, hashtextextended(event_id::text, 0),
  case n % 100000 when 4711 then searched else hashtextextended(agency_id || 'candidate' || n % 100000, 0) end,
  hashtextextended(agency_id || 'job' || n % 10000, 0),
  format('${BODY}', type, at, event_id, n % 10000, n % 100000)
from stored`;

/** The only attempt of a delivered one is part of its row. */
const inline = (value: string) => `case state when 'delivered' then ${value} end`;

const DELIVERIES = /* sql */ `
insert into webhook_deliveries (id, agency_id, webhook_id, event_id, event_type, test, state, attempts, last_status,
  last_reason, duration_ms, finished_at, started_at, first_byte_ms, version, release, signed_at, response_headers,
  response_body)
select id, agency_id, webhook_id, event_id, type, test, state, attempts, status, reason,
  case when attempts > 0 then 40 end, at, ${inline('at')}, ${inline('39')}, ${inline('1')}, ${inline(`'0.1.0'`)},
  ${inline('1769077800')}, ${inline(`'{"content-type":"text/plain","content-length":"2"}'`)}, ${inline(`'ok'`)}
from stored`;

const QUEUE = /* sql */ `
insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at)
select id, agency_id, webhook_id, event_id, type, case when $1 then now() + interval '1 day' else at end from stored`;

const ATTEMPTS = /* sql */ `
insert into webhook_attempts (delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, status, duration_ms,
  first_byte_ms, version, release, signed_at, signatures, response_headers, response_body)
select id, t.n, agency_id, webhook_id, at, 'failed', reason, status, 40, 39, 1, '0.1.0', 1769077800, 1,
  '{"content-type":"text/plain","content-length":"2"}', 'ok'
from stored cross join generate_series(1, attempts) as t(n) where state = 'failed'`;
