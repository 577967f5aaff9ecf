/* Agencies, people, keys, and the audit log. */

export const PEOPLE = /* sql */ `
create table agencies (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

-- An email address is unique per agency, not globally: a global unique index would reveal one agency's users to
-- another. Lower-cased as ASCII, whatever the locale of the database.
create table users (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  email text not null check (email = lower(email collate "C") and length(email) <= 320),
  name text not null default '',
  role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
  password_hash text,
  invite_hash bytea,
  invite_expires_at timestamptz,
  -- How often the person gets a digest; null: the default of the role.
  digest text check (digest in ('off', 'weekly', 'daily')),
  created_at timestamptz not null default now(),
  unique (agency_id, id)
);
create unique index users_email on users (email, agency_id);

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

-- Links to choose a new password. The first one that is used ends all others of the person.
create table password_resets (
  id uuid primary key,
  agency_id uuid not null,
  user_id uuid not null,
  hash bytea not null,
  expires_at timestamptz not null,
  foreign key (agency_id, user_id) references users (agency_id, id) on delete cascade
);
create index password_resets_user on password_resets (agency_id, user_id);

-- Digests that were made, even if they were empty and not sent: one for each member and period, by whichever process is
-- first.
create table digests (
  agency_id uuid not null,
  user_id uuid not null,
  period_end timestamptz not null,
  primary key (user_id, period_end),
  foreign key (agency_id, user_id) references users (agency_id, id) on delete cascade
);
create index digests_age on digests (period_end);

-- 'key': a key of one agency, with a role. 'svc': a service token with scopes, for the listed agencies or (null) for
-- all; no tenant sees it.
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

-- Programs that sign in by a code. \`answered_by\`: the person (or key) of \`agency_id\` who answered. Then \`role\`
-- and \`key_expires_at\` are those of the key that is created when it is fetched; \`role\` null: refused.
create table code_sign_ins (
  id uuid primary key,
  hash bytea not null,
  user_code_hash bytea not null unique,
  client text not null,
  address text not null,
  started_at timestamptz not null default now(),
  agency_id uuid references agencies (id),
  answered_by jsonb,
  role text check (role in ('viewer', 'member', 'admin', 'owner')),
  key_expires_at timestamptz,
  expires_at timestamptz not null
);
create index code_sign_ins_expires_at on code_sign_ins (expires_at);

create table audit_log (
  id uuid primary key,
  agency_id uuid not null,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('user', 'key', 'service', 'link', 'system')),
  actor_id text,
  actor_name text,
  action text not null,
  target_kind text,
  target_id text,
  details jsonb not null default '{}'
);
create index audit_log_agency on audit_log (agency_id, id);
-- Finds the people who resent a delivery.
create index audit_log_resent on audit_log (target_id, id) where action = 'delivery.resent';

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

-- Messages from NATS that were not accepted as events. \`agency_id\` is null if they name no agency that exists. A
-- message that is delivered twice gets one row, because \`origin\` (stream and sequence) is unique.
create table rejected_events (
  id uuid primary key,
  agency_id uuid,
  origin text not null unique,
  subject text not null,
  message_id text,
  body bytea not null,
  published_at timestamptz not null,
  rejected_at timestamptz not null default now(),
  code text not null,
  reason text not null,
  errors json not null,
  texts text[] not null
);
create index rejected_events_agency on rejected_events (agency_id, id);
create index rejected_events_age on rejected_events (rejected_at);

-- Proves at boot that the keyring decrypts existing secrets. Holds no agency's data.
create table secrets_canary (
  id boolean primary key default true check (id),
  value bytea not null
);
`;
