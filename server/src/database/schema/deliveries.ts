/*
 * Engine tables, partitioned by the day in their UUIDv7 ids. There are no foreign keys, because a referenced partition
 * cannot be dropped. A delivery that succeeds at once takes three writes: its event, its queue row, and at the end its
 * log row. Columns and indexes are chosen for that case.
 */
const TABLES = /* sql */ `
-- ref1 … ref5: hashes of what the event refers to (reference-hash.ts). Two values may have the same hash, so a lookup
-- also compares the value in the message.
create table webhook_events (
  agency_id uuid not null,
  id uuid not null,
  type text not null,
  occurred_at timestamptz not null,
  accepted_at timestamptz not null default now(),
  test boolean not null default false,
  subject_kind text,
  subject_id text,
  ref1 bigint,
  ref2 bigint,
  ref3 bigint,
  ref4 bigint,
  ref5 bigint,
  body text,
  traceparent text,
  purged_at timestamptz,
  primary key (agency_id, id)
) partition by range (id);
create index webhook_events_test on webhook_events (agency_id, id) where test;
-- The types in each range of 16 pages: rare types are found without reading all events. For inserts it costs much less
-- than a B-tree.
create index webhook_events_type on webhook_events
  using brin (type text_bloom_ops (n_distinct_per_range = 32)) with (pages_per_range = 16);
create index webhook_events_ref1 on webhook_events (ref1, id) where ref1 is not null;
create index webhook_events_ref2 on webhook_events (ref2, id) where ref2 is not null;
create index webhook_events_ref3 on webhook_events (ref3, id) where ref3 is not null;
create index webhook_events_ref4 on webhook_events (ref4, id) where ref4 is not null;
create index webhook_events_ref5 on webhook_events (ref5, id) where ref5 is not null;

-- Idempotency keys of publishers. Not partitioned: around midnight a key would be accepted twice. \`key\`: the first 16
-- bytes of the SHA-256 of agency and key. The age of a row is that of the event's id.
create table publish_keys (
  key uuid primary key,
  agency_id uuid not null,
  hash bytea not null,
  event_id uuid not null,
  deliveries integer not null,
  skipped integer not null
);
create index publish_keys_age on publish_keys using brin (event_id);

-- The log. A row is written when a delivery is settled, fails for the first time, is skipped or ends. Until then it has
-- only a queue row. \`started_at\` and the columns after it describe attempt 1, if it succeeded and is the only one
-- (then last_status and duration_ms are its own). All other attempts are rows of webhook_attempts. \`unusual\` is a
-- JSON object with what most attempts lack: dns_ms, connect_ms, tls_ms, reconnected, signatures, truncated, encoding.
create table webhook_deliveries (
  agency_id uuid not null,
  id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  event_type text not null,
  test boolean not null default false,
  state text not null check (state in ('waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled')),
  attempts integer not null default 0,
  last_status integer,
  last_reason text,
  duration_ms integer,
  next_attempt_at timestamptz,
  finished_at timestamptz,
  started_at timestamptz,
  first_byte_ms integer,
  version integer,
  release text,
  signed_at integer,
  unusual text,
  response_headers text,
  response_body text,
  -- The delivery whose attempt carried it in a group.
  delivered_in uuid,
  primary key (agency_id, id)
) partition by range (id);
-- The log of a webhook is read type by type, so that a rare event type is found at once, for all webhooks of an agency
-- too.
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, event_type, id);
create index webhook_deliveries_test on webhook_deliveries (agency_id, id) where test;
-- These cover all columns by which such deliveries are filtered: counting 10,000 failed ones reads no table page
-- instead of 6,000, and takes 4 ms of CPU instead of 14.
create index webhook_deliveries_state
  on webhook_deliveries (agency_id, state, id, last_reason, last_status, event_type, webhook_id, test)
  where state <> 'delivered';
create index webhook_deliveries_reason
  on webhook_deliveries (agency_id, last_reason, id, state, last_status, event_type, webhook_id, test)
  where last_reason <> 'ok';
create index webhook_deliveries_answer
  on webhook_deliveries (agency_id, last_status, id, state, event_type, webhook_id, test)
  where last_status <> 200;

-- A row is a pending delivery. \`due_at\` is null if intake claimed it at once; then it is due when its lease expires.
-- Most rows are like that, and they are not in the index that a claim reads: there an entry outlives its row for as
-- long as any transaction is open. A claim writes only unindexed columns, so it is a heap-only update. \`token\` fences
-- every later write. \`attempt\`: requests started; \`failures\`: failed ones since the retry plan began;
-- \`interruptions\`: consecutive lost leases. \`logged\`: the delivery has a log row; otherwise it is waiting.
-- \`erased\`: the message was erased during a request; settle reads the mark from the row, which it has to lock anyway.
create table webhook_queue (
  delivery_id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  event_type text not null,
  due_at timestamptz default now(),
  attempt integer not null default 0,
  failures integer not null default 0,
  interruptions integer not null default 0,
  token uuid,
  lease_until timestamptz,
  logged boolean not null default false,
  erased boolean not null default false,
  group_id uuid
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0);
create index webhook_queue_agency on webhook_queue (agency_id, delivery_id);
-- First attempts and retries are separate ranges, so that finding one never scans the other.
create index webhook_queue_due on webhook_queue (webhook_id, (failures > 0), due_at) where due_at is not null;
create index webhook_queue_group on webhook_queue (webhook_id, due_at) where group_id is not null;
create index webhook_queue_members on webhook_queue (group_id) where group_id is not null;
create index webhook_queue_erased on webhook_queue (delivery_id) where erased;

-- Deliveries that one request carries together, and its body, which is the same at each attempt. When a member ends in
-- another way, the body is emptied and made again; a process that was making it notices by the \`edition\`.
create table webhook_groups (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  members uuid[] not null,
  body text,
  shortened boolean not null default false,
  edition integer not null default 1,
  created_at timestamptz not null default now()
);
create index webhook_groups_members on webhook_groups using gin (members);
create index webhook_groups_age on webhook_groups using brin (created_at);

-- Attempts from the second on, and first ones that failed or were interrupted. The request is described, not copied: by
-- the version of the configuration, the release of the server, the signed timestamp and the number of signatures.
create table webhook_attempts (
  delivery_id uuid not null,
  n integer not null,
  agency_id uuid not null,
  webhook_id uuid not null,
  started_at timestamptz not null,
  outcome text not null check (outcome in ('succeeded', 'failed', 'interrupted')),
  reason text not null,
  fenced boolean not null default false,
  status integer,
  duration_ms integer,
  dns_ms integer,
  connect_ms integer,
  tls_ms integer,
  first_byte_ms integer,
  reconnected boolean not null default false,
  detail text,
  version integer,
  release text,
  signed_at integer,
  signatures integer,
  response_headers json,
  response_body text,
  response_truncated boolean not null default false,
  response_encoding text check (response_encoding in ('utf-8', 'hex')),
  certificate_expired_at timestamptz,
  group_id uuid,
  primary key (delivery_id, n)
) partition by range (delivery_id);

-- The mails of an attempt, one for each recipient. A recipient whose server has accepted one gets no other in later
-- attempts, until the delivery is resent: then earlier mails are \`past\`. \`retry_at\`: the server deferred it while
-- others accepted theirs, so the delivery counts as delivered and its log row has no retry.
create table attempt_mails (
  delivery_id uuid not null,
  n integer not null,
  email text not null,
  agency_id uuid not null,
  outcome text not null check (outcome in ('accepted', 'deferred', 'refused')),
  smtp_code integer,
  answer text,
  sent_at timestamptz not null default now(),
  retry_at timestamptz,
  past boolean not null default false,
  primary key (delivery_id, n, email)
);
create index attempt_mails_due on attempt_mails (retry_at) where retry_at is not null;

-- Each configuration of a webhook with which a request was made. Written when a process first reads it.
create table webhook_versions (
  webhook_id uuid not null,
  version integer not null,
  agency_id uuid not null,
  kind text not null,
  style json,
  content json,
  url bytea,
  header_names text[] not null,
  traceparent boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (webhook_id, version)
);

-- Rows of a day that has no partition (because a clock is days off) go to the default partitions.
create table webhook_events_default partition of webhook_events default;
create table webhook_deliveries_default partition of webhook_deliveries default;
create table webhook_attempts_default partition of webhook_attempts default;
`;

/** For readers: deliveries in the log and those that are only in the queue, and attempts wherever they are stored. */
const VIEWS = /* sql */ `
create function uuid_time(id uuid) returns timestamptz
language sql immutable parallel safe as $$
  select to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
$$;

-- A statement sees each delivery once: in the log or, not logged, in the queue. The views run with the rights of the
-- caller, so that row-level security applies.
create view waiting_deliveries with (security_invoker = true) as
select delivery_id as id, agency_id, webhook_id, event_id, event_type, false as test, 'waiting' as state,
  attempt - (token is not null)::integer as attempts, null::integer as last_status, null::text as last_reason,
  null::integer as duration_ms, coalesce(due_at, uuid_time(delivery_id)) as next_attempt_at,
  uuid_time(delivery_id) as created_at,
  null::timestamptz as finished_at, null::uuid as delivered_in
from webhook_queue where not logged;

create view all_deliveries with (security_invoker = true) as
select id, agency_id, webhook_id, event_id, event_type, test, state, attempts, last_status, last_reason, duration_ms,
  next_attempt_at, uuid_time(id) as created_at, finished_at, delivered_in
from webhook_deliveries
union all
select * from waiting_deliveries;

create view all_attempts with (security_invoker = true) as
select delivery_id, n, agency_id, webhook_id, started_at, outcome, reason, fenced, status, duration_ms, dns_ms,
  connect_ms, tls_ms, first_byte_ms, reconnected, detail, version, release, signed_at, signatures, response_headers,
  response_body, response_truncated, response_encoding, certificate_expired_at, group_id
from webhook_attempts
union all
select id, 1, agency_id, webhook_id, started_at, 'succeeded', 'ok', false, last_status, duration_ms,
  (unusual::json ->> 'dns_ms')::integer, (unusual::json ->> 'connect_ms')::integer,
  (unusual::json ->> 'tls_ms')::integer, first_byte_ms, coalesce((unusual::json ->> 'reconnected')::boolean, false),
  null, version, release, signed_at, coalesce((unusual::json ->> 'signatures')::integer, 1), response_headers::json,
  response_body, coalesce((unusual::json ->> 'truncated')::boolean, false),
  coalesce(unusual::json ->> 'encoding', 'utf-8'), null, null
from webhook_deliveries where started_at is not null;
`;

export const DELIVERIES = TABLES + VIEWS;
