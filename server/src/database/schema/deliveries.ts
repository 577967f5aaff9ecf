/*
 * Engine tables, partitioned by the day in their UUIDv7 ids. No foreign keys: a referenced partition cannot be
 * dropped. Columns and indexes are chosen so that settling a success is a heap-only update.
 */
export const DELIVERIES = /* sql */ `
create table webhook_events (
  id uuid primary key,
  agency_id uuid not null,
  type text not null,
  occurred_at timestamptz not null,
  accepted_at timestamptz not null default now(),
  test boolean not null default false,
  subject_kind text,
  subject_id text,
  body text,
  purged_at timestamptz
) partition by range (id);
-- Lists an agency's events in 0.6 ms instead of 177 ms among 1,000,000; costs intake 3.5 µs and 160 bytes of WAL.
create index webhook_events_agency on webhook_events (agency_id, id);

create table event_references (
  agency_id uuid not null,
  kind text not null,
  value text not null,
  event_id uuid not null,
  primary key (agency_id, kind, value, event_id)
) partition by range (event_id);

create table webhook_deliveries (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  event_type text not null,
  test boolean not null default false,
  subject_kind text,
  subject_id text,
  state text not null check (state in ('waiting', 'retrying', 'delivered', 'failed', 'skipped', 'cancelled')),
  attempts integer not null default 0,
  last_status integer,
  last_reason text,
  duration_ms integer,
  next_attempt_at timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  -- States other than waiting and delivered. Separate columns, null before and after a success, so that the indexes
  -- below keep its update heap-only.
  odd_state text generated always as (case when state not in ('waiting', 'delivered') then state end) stored,
  odd_reason text generated always as (nullif(last_reason, 'ok')) stored
) partition by range (id);
create index webhook_deliveries_agency on webhook_deliveries (agency_id, id);
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_test on webhook_deliveries (agency_id, id) where test;
-- Cover all columns that such deliveries are filtered by: counting 10,000 failed ones reads no table page instead of
-- 6,000, and takes 4 ms of CPU instead of 14.
create index webhook_deliveries_odd_state
  on webhook_deliveries (agency_id, odd_state, id, odd_reason, event_type, webhook_id, test)
  where odd_state is not null;
create index webhook_deliveries_odd_reason
  on webhook_deliveries (agency_id, odd_reason, id, event_type, webhook_id, test)
  where odd_reason is not null;

-- A row is a pending delivery. Claiming writes only unindexed columns, so it stays a heap-only update. \`erased\`: the
-- message was erased during a request; settle reads the mark from the row it holds anyway.
create table webhook_queue (
  delivery_id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  event_id uuid not null,
  due_at timestamptz not null,
  attempt integer not null default 0,
  failures integer not null default 0,
  interruptions integer not null default 0,
  token uuid,
  lease_until timestamptz,
  erased boolean not null default false
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0);
-- First attempts and retries are separate ranges, so that reaching one never scans the other.
create index webhook_queue_due on webhook_queue (webhook_id, (failures > 0), due_at);
create index webhook_queue_erased on webhook_queue (delivery_id) where erased;

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
  request_headers json,
  response_headers json,
  response_body text,
  response_truncated boolean not null default false,
  response_encoding text check (response_encoding in ('utf-8', 'hex')),
  certificate_expired_at timestamptz,
  primary key (delivery_id, n)
) partition by range (delivery_id);

-- Rows of a day without a partition (a clock off by days) go to the default partitions. fillfactor 50 leaves space on
-- each page for the second version of a delivery.
create table webhook_events_default partition of webhook_events default;
create table event_references_default partition of event_references default;
create table webhook_deliveries_default partition of webhook_deliveries default with (fillfactor = 50);
create table webhook_attempts_default partition of webhook_attempts default;
`;
