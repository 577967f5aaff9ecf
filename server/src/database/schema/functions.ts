/*
 * SQL functions. Every migration run replaces them, unless a newer release has migrated the database. So from the first
 * release on, every change needs a migration, even an empty one: otherwise a process of the previous release would
 * undo it.
 */

const SUBSCRIPTIONS = /* sql */ `
-- 'video.*' matches 'video.recording.ready' and never 'videos.x'; '*' matches everything. A test proves it equal to the
-- catalogue's TypeScript.
create or replace function webhook_matches(events text[], type text) returns boolean
language sql immutable parallel safe as $$
  select exists (
    select from unnest(events) as pattern
    where pattern in ('*', type) or (right(pattern, 2) = '.*' and starts_with(type, left(pattern, -1)))
  )
$$;
`;

const DELIVERIES = /* sql */ `
-- The delivery of an event to a webhook has exactly one possible id, so the primary key makes the pair unique. It has
-- the first 64 bits of the event's id, which keeps the deliveries of an event adjacent. After the 2 variant bits, 62
-- bits identify the webhook. Computed once, when the event is stored.
create or replace function delivery_id(event uuid, webhook uuid) returns uuid
language sql immutable parallel safe as $$
  select encode(
    substr(uuid_send(event), 1, 8)
    || set_byte(substr(sha256(uuid_send(event) || uuid_send(webhook)), 1, 8), 0,
      128 | (63 & get_byte(uuid_send(webhook), 15))),
    'hex')::uuid
$$;

-- Deletes the queue row that is held with this token or, with a delay, makes it due again: a 'retry' counts in the
-- plan, 'again' as an interruption, a 'hold' as neither. Returns the row as it is or was, or null if the token no
-- longer holds it. One row at a time, by key: a join with the batch, planned while the queue was empty, scanned 50,000
-- rows per result (2 to 9 s a batch).
create or replace function settle_pending(delivery uuid, held uuid, retry_in interval, decision text)
returns webhook_queue
language plpgsql volatile as $$
declare settled webhook_queue;
begin
  if retry_in is null then
    delete from webhook_queue q where q.delivery_id = delivery and q.token = held returning q.* into settled;
  else
    update webhook_queue q
    set due_at = now() + retry_in, token = null, lease_until = null, logged = true,
      failures = q.failures + (decision = 'retry')::int,
      interruptions = case decision when 'again' then q.interruptions + 1 else 0 end
    where q.delivery_id = delivery and q.token = held returning q.* into settled;
  end if;
  return settled;
end $$;
`;

/** The hot path of the engine: plain statements that are planned once, whatever the tables hold at that time. */
const HOT = /* sql */ `
-- Stores events with their keys, queue rows and, for webhooks that are off, log rows, as the caller decided by the
-- routes of their agencies. If those are not current, nothing is stored and \`moved\` names the agencies. Events whose
-- key was used before are left out and named in \`used\`; with all_or_none they raise BP002 instead. Keys are sorted,
-- so that two batches cannot deadlock. If a concurrent batch has the same key, its end is waited for.
create or replace function publish_batch(
  agencies uuid[], route_versions integer[],
  ids uuid[], of_agencies uuid[], types text[], times timestamptz[], bodies text[], kinds text[], subjects text[],
  refs1 bigint[], refs2 bigint[], refs3 bigint[], refs4 bigint[], refs5 bigint[],
  keys uuid[], key_agencies uuid[], key_hashes bytea[], key_events uuid[], key_deliveries integer[],
  key_skipped integer[],
  q_ids uuid[], q_agencies uuid[], q_webhooks uuid[], q_events uuid[], q_types text[], q_claimed boolean[],
  s_ids uuid[], s_agencies uuid[], s_webhooks uuid[], s_events uuid[], s_types text[],
  held uuid, lease_ms integer, all_or_none boolean, traces text[], out moved uuid[], out used uuid[]
) language plpgsql volatile
set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off
as $$
declare stored integer;
begin
  select array_agg(i.agency) into moved from unnest(agencies, route_versions) as i (agency, version)
  where not exists (select from agency_routes r where r.agency_id = i.agency and r.version = i.version);
  if moved is not null then return; end if;

  if cardinality(keys) > 0 then
    insert into publish_keys (key, agency_id, hash, event_id, deliveries, skipped)
    select * from unnest(keys, key_agencies, key_hashes, key_events, key_deliveries, key_skipped)
    on conflict do nothing;
    get diagnostics stored = row_count;
    if stored <> cardinality(keys) then
      if all_or_none then raise exception 'a key was used before' using errcode = 'BP002'; end if;
      select array_agg(i.event) into used from unnest(keys, key_events) as i (key, event)
      where not exists (select from publish_keys k where k.key = i.key and k.event_id = i.event);
    end if;
  end if;

  insert into webhook_events (agency_id, id, type, occurred_at, subject_kind, subject_id, ref1, ref2, ref3, ref4, ref5,
    body, traceparent)
  select i.agency, i.id, i.type, i.at, i.kind, i.subject, i.ref1, i.ref2, i.ref3, i.ref4, i.ref5, i.body, i.trace
  from unnest(ids, of_agencies, types, times, bodies, kinds, subjects, refs1, refs2, refs3, refs4, refs5, traces)
    as i (id, agency, type, at, body, kind, subject, ref1, ref2, ref3, ref4, ref5, trace)
  where used is null or i.id <> all (used);

  insert into webhook_queue (delivery_id, agency_id, webhook_id, event_id, event_type, due_at, attempt, token,
    lease_until)
  select i.id, i.agency, i.webhook, i.event, i.type, case when not i.claimed then now() end, i.claimed::integer,
    case when i.claimed then held end,
    case when i.claimed then now() + lease_ms * interval '1 millisecond' end
  from unnest(q_ids, q_agencies, q_webhooks, q_events, q_types, q_claimed)
    as i (id, agency, webhook, event, type, claimed)
  where used is null or i.event <> all (used);

  if cardinality(s_ids) > 0 then
    insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, last_reason, finished_at)
    select i.agency, i.id, i.webhook, i.event, i.type, 'skipped', 'webhook_off', now()
    from unnest(s_ids, s_agencies, s_webhooks, s_events, s_types) as i (id, agency, webhook, event, type)
    where used is null or i.event <> all (used);
  end if;
end $$;

-- Settles first attempts that succeeded, of deliveries that are not in the log yet. Raises BP001 and changes nothing if
-- one of them is no longer held with its token, or is erased or logged. The queue rows are found one by one and deleted
-- by their ctid, because a join could scan the queue. PostgreSQL before 15.15, 16.11, 17.7 and 18.1 deletes a row found
-- by its ctid even if it changed while waiting for its lock, so the token is compared again outside, and the result
-- pair by pair.
create or replace function settle_delivered(
  ids uuid[], tokens uuid[], agencies uuid[], webhooks uuid[], events uuid[], types text[], ages_ms float8[],
  statuses integer[], durations integer[], first_bytes integer[], versions integer[], signed integer[],
  unusuals text[], headers text[], bodies text[], server text,
  hook_ids uuid[], hook_agencies uuid[], hook_counts integer[], hook_statuses integer[]
) returns void
language plpgsql volatile
set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off
as $$
declare found integer;
begin
  with gone as (
    delete from webhook_queue q
    where q.ctid = any (array(
        select (select x.ctid from webhook_queue x where x.delivery_id = i.id and x.token = i.held)
        from unnest(ids, tokens) as i (id, held)))
      and q.token = any (tokens)
    returning q.delivery_id, q.token, q.erased or q.logged as odd
  )
  select count(*) into found from gone g
  where not g.odd and exists (
    select from unnest(ids, tokens) as i (id, held) where i.id = g.delivery_id and i.held = g.token);
  if found <> cardinality(ids) then
    raise exception 'some are not held, erased or logged' using errcode = 'BP001';
  end if;

  insert into webhook_deliveries (agency_id, id, webhook_id, event_id, event_type, state, attempts, last_status,
    last_reason, duration_ms, finished_at, started_at, first_byte_ms, version, release, signed_at, unusual,
    response_headers, response_body)
  select i.agency, i.id, i.webhook, i.event, i.type, 'delivered', 1, i.status, 'ok', i.duration, now(),
    now() - i.age_ms * interval '1 millisecond', i.first_byte, i.version, server, i.signed, i.unusual, i.header, i.body
  from unnest(ids, agencies, webhooks, events, types, ages_ms, statuses, durations, first_bytes, versions, signed,
    unusuals, headers, bodies) as i (id, agency, webhook, event, type, age_ms, status, duration, first_byte, version,
    signed, unusual, header, body);

  -- Only where something changes, and at most every 5 s that the webhook still succeeds.
  update webhook_health h
  set failures_in_a_row = 0, failed_deliveries_in_a_row = 0, failing_since = null, down_attempts = 0,
    down_since = null, last_attempt_at = now(), last_success_at = now(), last_status = s.status, last_reason = 'ok',
    paused_at = null, paused_until = null,
    pause_count = 0, probe_delivery_id = null
  from (
    select l.webhook_id, i.status from unnest(hook_ids, hook_statuses) as i (id, status)
    join webhook_health l on l.webhook_id = i.id
    where l.failures_in_a_row > 0 or l.failing_since is not null or l.paused_until is not null
      or l.last_success_at is null or l.last_success_at < now() - interval '5 seconds'
    order by l.webhook_id for update of l
  ) s
  where h.webhook_id = s.webhook_id;
  insert into webhook_health (webhook_id, agency_id, last_attempt_at, last_success_at, last_status, last_reason)
  select i.id, i.agency, now(), now(), i.status, 'ok' from unnest(hook_ids, hook_agencies, hook_statuses)
    as i (id, agency, status)
  where not exists (select from webhook_health h where h.webhook_id = i.id)
  on conflict do nothing;

  insert into webhook_hours as h (webhook_id, hour, agency_id, delivered)
  select i.id, date_trunc('hour', now(), 'UTC'), i.agency, i.count from unnest(hook_ids, hook_agencies, hook_counts)
    as i (id, agency, count)
  on conflict (webhook_id, hour) do update set delivered = h.delivered + excluded.delivered;
end $$;
`;

const PROTECTION = /* sql */ `
-- Row-level security for a table with an agency_id. Also called for every new partition, which would otherwise leak
-- when it is read directly.
create or replace function protect_table(target regclass) returns void
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

/** In the order of creation, because the body of an SQL function must find its tables. */
export const FUNCTIONS = SUBSCRIPTIONS + DELIVERIES + HOT + PROTECTION;
