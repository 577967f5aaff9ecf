import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * The whole first schema. Raw SQL on purpose: row-level security, partitions and partial indexes are the design, and no generator writes them.
 * Statements run as the owner of the schema, who is subject to row-level security like everybody else (FORCE).
 */

const CONFIGURATION = /* sql */ `
create table agencies (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

-- One person has one agency. The e-mail is unique over all agencies because sign-in knows nothing but the e-mail.
create table users (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  email text not null unique check (email = lower(email) and length(email) <= 320),
  name text not null default '',
  role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
  password_hash text,
  invite_hash bytea,
  invite_expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (agency_id, id)
);

create table sessions (
  token_hash bytea primary key,
  agency_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (agency_id, user_id) references users (agency_id, id) on delete cascade
);
create index sessions_user on sessions (user_id);

-- kind 'key': a key of one agency, with a role. kind 'svc': a service token with scopes, for the listed agencies or (null) for all; no tenant sees it.
create table api_keys (
  id uuid primary key,
  kind text not null check (kind in ('key', 'svc')),
  agency_id uuid references agencies (id),
  name text not null,
  hash bytea not null,
  last4 text not null,
  role text check (role in ('viewer', 'member', 'admin', 'owner')),
  scopes text[],
  agency_ids uuid[],
  created_by text,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  check ((kind = 'key' and agency_id is not null and role is not null and scopes is null)
      or (kind = 'svc' and agency_id is null and role is null and scopes is not null))
);
create index api_keys_agency on api_keys (agency_id);

create table audit_log (
  id uuid primary key,
  agency_id uuid not null,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('user', 'key', 'service', 'system')),
  actor_id text,
  actor_name text,
  action text not null,
  target_kind text,
  target_id text,
  details jsonb not null default '{}'
);
create index audit_log_agency on audit_log (agency_id, id);

create table idempotency_keys (
  agency_id uuid not null,
  operation text not null,
  key text not null,
  hash bytea not null,
  result text not null,
  created_at timestamptz not null default now(),
  primary key (agency_id, operation, key)
);
create index idempotency_keys_created_at on idempotency_keys using brin (created_at);

create table webhooks (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  url text not null check (length(url) <= 2048),
  description text not null default '',
  events text[] not null check (cardinality(events) between 1 and 100),
  is_active boolean not null default true,
  off_reason text check (off_reason in ('person', 'gone', 'failing_5_days')),
  off_at timestamptz,
  retry_plan text not null default 'standard' check (retry_plan in ('standard', 'day', 'three_days')),
  headers bytea,
  secret bytea not null,
  secret_last4 text not null,
  secret_created_at timestamptz not null default now(),
  previous_secret bytea,
  previous_secret_last4 text,
  previous_secret_until timestamptz,
  secret_switched boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (agency_id, id),
  check (is_active = (off_reason is null)),
  check ((previous_secret is null) = (previous_secret_until is null))
);

-- Apart from webhooks, so that settling never touches configuration rows or their ETag.
create table webhook_health (
  webhook_id uuid primary key,
  agency_id uuid not null,
  failures_in_a_row integer not null default 0,
  failed_deliveries_in_a_row integer not null default 0,
  failing_since timestamptz,
  last_attempt_at timestamptz,
  last_success_at timestamptz,
  last_status integer,
  last_reason text,
  paused_at timestamptz,
  paused_until timestamptz,
  pause_count integer not null default 0,
  probe_delivery_id uuid,
  warned_at timestamptz,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
) with (fillfactor = 50);
create index webhook_health_paused on webhook_health (paused_until) where paused_until is not null;

-- One upsert per settle batch; the 24 h counts and the sparklines read only this.
create table webhook_hours (
  webhook_id uuid not null,
  hour timestamptz not null,
  agency_id uuid not null,
  delivered integer not null default 0,
  failed integer not null default 0,
  failed_attempts integer not null default 0,
  answer_ms bigint not null default 0,
  primary key (webhook_id, hour)
) with (fillfactor = 50);

-- Proves at boot that the key ring opens what was encrypted before. Holds no agency's data.
create table secrets_canary (
  id boolean primary key default true check (id),
  value bytea not null
);
`;

const STREAM = /* sql */ `
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
  finished_at timestamptz
) partition by range (id);
create index webhook_deliveries_agency on webhook_deliveries (agency_id, id);
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_minority on webhook_deliveries (agency_id, state, id) where state in ('retrying', 'failed', 'skipped', 'cancelled');
create index webhook_deliveries_test on webhook_deliveries (agency_id, id) where test;

-- A row is work still owed. Claiming writes only columns without an index, so it stays a heap-only update.
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
  lease_until timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
-- First attempts and retries are two ranges, so that neither has to be scanned past to reach the other.
create index webhook_queue_due on webhook_queue (webhook_id, (failures > 0), due_at);

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
  primary key (delivery_id, n)
) partition by range (delivery_id);
`;

const FUNCTIONS = /* sql */ `
-- 'video.*' matches 'video.recording.ready' and never 'videos.x'; '*' matches everything. Proven equal to the TypeScript of the catalogue by a test.
create function webhook_matches(events text[], type text) returns boolean
language sql immutable parallel safe as $$
  select exists (
    select from unnest(events) as pattern
    where pattern = type or pattern = '*' or (right(pattern, 2) = '.*' and starts_with(type, left(pattern, -1)))
  )
$$;

-- The webhooks of an agency that hear of a type, those that are off included: they get a skipped delivery.
create function webhooks_for_event(agency uuid, event_type text)
returns table (webhook_id uuid, version integer, is_active boolean, paused boolean)
language sql stable parallel safe as $$
  select w.id, w.version, w.is_active, h.paused_until is not null
  from webhooks w left join webhook_health h on h.webhook_id = w.id
  where w.agency_id = agency and w.deleted_at is null and webhook_matches(w.events, event_type)
$$;

-- The delivery of an event to a webhook has just one possible id, so the primary key makes the pair unique, and it shares the
-- event's time part: the deliveries of an event lie within one millisecond of it.
create function delivery_id(event uuid, webhook uuid) returns uuid
language sql immutable parallel safe as $$
  select (left(event::text, 19)
    || translate(substr(h, 1, 1), '01234567cdef', '89ab89ab89ab') || substr(h, 2, 3) || '-' || substr(h, 5, 12))::uuid
  from encode(sha256(uuid_send(event) || uuid_send(webhook)), 'hex') as h
$$;

-- Row-level security for a table with an agency_id. Called for every new partition too: one that is read directly leaks otherwise.
create function protect_table(target regclass) returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant on %s to bpoc_tenant
    using (agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid)
    with check (agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid)', target);
  execute format('create policy service on %s to bpoc_service using (true) with check (true)', target);
end
$$;
revoke execute on function protect_table(regclass) from public;
`;

const SECURITY = /* sql */ `
select protect_table(t::regclass) from unnest(array[
  'users', 'sessions', 'api_keys', 'audit_log', 'idempotency_keys', 'webhooks', 'webhook_health', 'webhook_hours',
  'webhook_events', 'event_references', 'webhook_deliveries', 'webhook_queue', 'webhook_attempts']) as t;

alter table agencies enable row level security;
alter table agencies force row level security;
create policy tenant on agencies to bpoc_tenant using (id = nullif(current_setting('app.agency_id', true), '')::uuid);
create policy service on agencies to bpoc_service using (true) with check (true);

grant usage on schema public to bpoc_tenant, bpoc_service;
grant select, insert, update, delete on
  agencies, users, sessions, api_keys, idempotency_keys, webhooks, webhook_health, webhook_hours,
  webhook_events, event_references, webhook_deliveries, webhook_queue, webhook_attempts, secrets_canary to bpoc_service;
grant select on agencies to bpoc_tenant;
grant select, insert, update, delete on
  users, sessions, api_keys, idempotency_keys, webhooks, webhook_health, webhook_hours, webhook_queue to bpoc_tenant;
grant select, insert, update on webhook_events, event_references, webhook_deliveries, webhook_attempts to bpoc_tenant;
-- Append-only at the database: nobody has the right to change or delete an entry.
grant select, insert on audit_log to bpoc_tenant, bpoc_service;
`;

/** Rows whose id carries a day without a partition (a clock that is off by days) still find a home. */
const DEFAULT_PARTITIONS = ['webhook_events', 'event_references', 'webhook_deliveries', 'webhook_attempts']
  .map((t) => `create table ${t}_default partition of ${t} default; select protect_table('${t}_default');`)
  .join('\n');

export class Initial1769077800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [CONFIGURATION, STREAM, FUNCTIONS, SECURITY, DEFAULT_PARTITIONS]) await runner.query(sql);
  }

  async down(): Promise<void> {
    throw new Error('the first migration has no way back: restore a backup instead');
  }
}
