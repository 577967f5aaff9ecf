/* Webhooks and what belongs to each: test inboxes, recipients, health, pace, recoveries, problems, links. */
export const WEBHOOKS = /* sql */ `
create table inboxes (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (agency_id, id)
);

-- Messages contain candidates' data. They have the id of their event, so that an erasure finds them.
create table inbox_messages (
  id uuid primary key,
  agency_id uuid not null,
  inbox_id uuid not null,
  received_at timestamptz not null default now(),
  method text not null,
  headers json not null,
  body text,
  size integer not null,
  event text,
  event_id uuid,
  delivery_id uuid,
  webhook_id uuid,
  signature text not null check (signature in ('valid', 'invalid', 'unknown')),
  foreign key (agency_id, inbox_id) references inboxes (agency_id, id) on delete cascade
);
create index inbox_messages_newest on inbox_messages (inbox_id, id desc);
create index inbox_messages_event on inbox_messages (event_id) where event_id is not null;
create index inbox_messages_age on inbox_messages (received_at);

create table webhooks (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  -- Encrypted, like headers and secrets. null: the webhook sends mails to its recipients.
  url bytea,
  kind text not null default 'endpoint'
    check (kind in ('endpoint', 'slack', 'teams', 'google_chat', 'google_sheets', 'listen', 'email')),
  style json,
  content json,
  conditions json,
  pace json,
  paced boolean not null default false,
  description text not null default '',
  external_key text check (external_key ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$'),
  events text[] not null check (cardinality(events) between 1 and 100),
  is_active boolean not null default true,
  off_reason text check (off_reason in ('person', 'gone', 'target_gone', 'failing_5_days', 'session_ended')),
  off_at timestamptz,
  retry_plan text not null default 'standard' check (retry_plan in ('standard', 'day', 'three_days')),
  headers bytea,
  traceparent boolean not null default false,
  secret bytea not null,
  secret_last4 text not null,
  secret_created_at timestamptz not null default now(),
  previous_secret bytea,
  previous_secret_last4 text,
  previous_secret_until timestamptz,
  secret_switched boolean not null default true,
  inbox_id uuid,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  -- A person turned the webhook off or deleted it. Until then that can be undone, and pending deliveries and new events
  -- are kept.
  undo_until timestamptz,
  unique (agency_id, id),
  foreign key (agency_id, inbox_id) references inboxes (agency_id, id) on delete set null (inbox_id),
  check (is_active = (off_reason is null)),
  check (undo_until is null or not is_active or deleted_at is not null),
  check ((kind in ('endpoint', 'listen')) = (style is null)),
  check ((kind = 'email') = (url is null)),
  check ((previous_secret is null) = (previous_secret_until is null))
);
create unique index webhooks_external_key on webhooks (agency_id, external_key)
  where external_key is not null and deleted_at is null;
create index webhooks_inbox on webhooks (inbox_id) where inbox_id is not null;
create index webhooks_undo on webhooks (undo_until) where undo_until is not null;
create index webhooks_switched_off on webhooks (off_at) where off_reason <> 'person' and deleted_at is null;

-- The recipients of a webhook of kind email. \`reason\`: the mail server's answer because of which the address gets no
-- more mails.
create table webhook_recipients (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  email text not null check (email = lower(email collate "C") and length(email) <= 320),
  state text not null check (state in ('waiting', 'confirmed', 'unsubscribed', 'bounced')),
  reason text,
  changed_at timestamptz not null default now(),
  unique (agency_id, webhook_id, email),
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index webhook_recipients_email on webhook_recipients (agency_id, email);

-- Whether people outside the team agree to get mails from an agency. \`ask_at\`: when the question is due;
-- \`asked_at\`: when it was last sent, which for one address happens at most once a day over all agencies;
-- \`questions\`: how often it was sent.
create table mail_consents (
  agency_id uuid not null references agencies (id),
  email text not null,
  state text not null check (state in ('waiting', 'agreed', 'declined')),
  token_hash bytea,
  ask_at timestamptz,
  asked_at timestamptz,
  questions integer not null default 0,
  declined_at timestamptz,
  tries integer not null default 0,
  primary key (agency_id, email)
);
create index mail_consents_token on mail_consents (token_hash) where token_hash is not null;
create index mail_consents_email on mail_consents (email, asked_at);
create index mail_consents_due on mail_consents (ask_at) where ask_at is not null;

-- The number of mails of an agency in each hour, which is limited.
create table mail_hours (
  agency_id uuid not null references agencies (id),
  hour timestamptz not null,
  mails integer not null,
  primary key (agency_id, hour)
);

-- Separate from webhooks, so that settling never touches configuration rows or their ETag.
create table webhook_health (
  webhook_id uuid primary key,
  agency_id uuid not null,
  failures_in_a_row integer not null default 0,
  failed_deliveries_in_a_row integer not null default 0,
  failing_since timestamptz,
  down_attempts integer not null default 0,
  down_since timestamptz,
  last_attempt_at timestamptz,
  last_success_at timestamptz,
  last_status integer,
  last_reason text,
  paused_at timestamptz,
  paused_until timestamptz,
  pause_count integer not null default 0,
  probe_delivery_id uuid,
  held_since timestamptz,
  held_until timestamptz,
  holds integer not null default 0,
  -- Infinity: a listener that has no open stream. Settling does not change it.
  unheard_until timestamptz,
  -- Not null: nothing is claimed until then, and then only one probe.
  closed_until timestamptz generated always as (greatest(paused_until, held_until, unheard_until)) stored,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
) with (fillfactor = 50);
create index webhook_health_closed on webhook_health (closed_until) where closed_until is not null;
create index webhook_health_failing on webhook_health (failing_since) where failing_since is not null;

-- When the next request of a paced webhook may go. The process that locks the row takes the turn. \`one_by_one\`: the
-- next turn begins after the answer; until then \`next_at\` is the end of the lease. \`reserved_until\`: until then the
-- turn is reserved for a test.
create table webhook_flow (
  webhook_id uuid primary key,
  agency_id uuid not null,
  every_ms double precision not null,
  one_by_one boolean not null,
  -- If more deliveries than this wait, they go as one group; null: never.
  group_over integer,
  -- Hourly and daily schedules and quiet hours: until phase_until (null: forever) deliveries that wait since cutoff_at
  -- or longer may go. Both are computed by the server, by the rules of time zones.
  cutoff_at timestamptz not null default 'infinity',
  phase_until timestamptz,
  next_at timestamptz not null default now(),
  reserved_until timestamptz,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
) with (fillfactor = 50);

-- For webhooks of kind listen: the open \`stream\`, or null, and when it was last seen or ended.
create table listeners (
  webhook_id uuid primary key,
  agency_id uuid not null,
  stream uuid,
  seen_at timestamptz not null default now(),
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);

-- Requests to a listener, each for as long as its attempt waits for the answer. Unlogged, because a crash of the
-- database ends their attempts. They contain messages, so the sender deletes them.
create unlogged table listener_requests (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  request json not null,
  answer json,
  made_at timestamptz not null default now()
);
create index listener_requests_webhook on listener_requests (webhook_id);

-- One upsert per settled batch. Counts of 24 hours and sparklines read only this table.
create table webhook_hours (
  webhook_id uuid not null,
  hour timestamptz not null,
  agency_id uuid not null,
  delivered integer not null default 0,
  failed integer not null default 0,
  failed_attempts integer not null default 0,
  left_out integer not null default 0,
  primary key (webhook_id, hour)
) with (fillfactor = 50);

-- Bulk resends. The ids are stored, so that exactly what was previewed is sent. The runner writes the outcomes:
-- computed on read, a list of 50 recoveries of 20,000 deliveries took 1.5 s. \`first_id\` and \`last_id\` rule a
-- delivery out without detoasting the list. \`probed\`: webhooks that already got one delivery as the probe of a pause.
-- \`passed_over_ids\` has no index, because an agency has few rows, of at most 20,000 ids each. With \`webhook_id\` the
-- recovery is about events that the webhook did not get: \`event_ids\` belong to the deliveries, which do not exist
-- before they are sent.
create table recoveries (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  state text not null default 'planned' check (state in ('planned', 'running', 'done', 'stopped')),
  created_by text not null,
  created_at timestamptz not null default now(),
  webhook_id uuid,
  event_ids uuid[],
  delivery_ids uuid[] not null,
  first_id uuid generated always as (delivery_ids[1]) stored,
  last_id uuid generated always as (delivery_ids[cardinality(delivery_ids)]) stored,
  position integer not null default 0,
  resent integer not null default 0,
  passed_over integer not null default 0,
  passed_over_ids uuid[] not null default '{}',
  probed uuid[] not null default '{}',
  delivered integer not null default 0,
  failed integer not null default 0,
  -- Of the failed.
  retrying integer not null default 0,
  counted_at timestamptz,
  next_batch_at timestamptz,
  started_at timestamptz,
  -- Nothing is sent before then, so that the recovery can be undone.
  begins_at timestamptz,
  finished_at timestamptz
);
create index recoveries_agency on recoveries (agency_id, id);
create index recoveries_running on recoveries (next_batch_at) where state = 'running';

-- Acknowledgements and mutes of a webhook's problems. \`failing_since\` identifies the failure that was meant; null: a
-- problem that has no beginning.
create table webhook_problems (
  webhook_id uuid primary key,
  agency_id uuid not null,
  failing_since timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  note text,
  muted_at timestamptz,
  muted_by text,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index webhook_problems_agency on webhook_problems (agency_id, webhook_id);

-- Links for people without an account, which hand a webhook over to its developer or (\`delivery_id\`) share one
-- delivery.
create table shared_links (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  delivery_id uuid,
  hash bytea not null,
  secret_created_at timestamptz,
  secret_read_at timestamptz,
  created_by text not null,
  created_by_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  opened_at timestamptz,
  revoked_at timestamptz,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index shared_links_webhook on shared_links (agency_id, webhook_id, id);

-- Recipients of alerts about a webhook.
create table webhook_alerts (
  webhook_id uuid primary key,
  agency_id uuid not null,
  emails text[] not null default '{}',
  -- Encrypted.
  url bytea,
  -- Another webhook, which sends to a chat.
  chat_webhook_id uuid,
  updated_at timestamptz not null default now(),
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id),
  foreign key (agency_id, chat_webhook_id) references webhooks (agency_id, id)
);
create index webhook_alerts_agency on webhook_alerts (agency_id, webhook_id);
`;
