/* SQL functions. Every migration run replaces them, so changing one needs no migration. */

const SUBSCRIPTIONS = /* sql */ `
create or replace function webhook_matches_by_pattern(events text[], type text) returns boolean
language sql immutable parallel safe as $$
  select exists (
    select from unnest(events) as pattern where right(pattern, 2) = '.*' and starts_with(type, left(pattern, -1))
  )
$$;

-- 'video.*' matches 'video.recording.ready' and never 'videos.x'; '*' matches everything. A single expression,
-- which the
-- planner inlines; a function with FROM or a subquery costs 6 to 12 µs. A type with up to two dots can match at
-- most two
-- group patterns, which are looked up by name; only deeper types are compared with each pattern. A test proves it equal
-- to the catalogue's TypeScript.
create or replace function webhook_matches(events text[], type text) returns boolean
language sql immutable parallel safe as $$
  select type = any(events) or '*' = any(events)
    or (type like '%.%' and split_part(type, '.', 1) || '.*' = any(events))
    or (type like '%.%.%' and split_part(type, '.', 1) || '.' || split_part(type, '.', 2) || '.*' = any(events))
    or (type like '%.%.%.%' and webhook_matches_by_pattern(events, type))
$$;

-- The agency's webhooks that subscribe to a type, including disabled ones, which get a skipped delivery.
create or replace function webhooks_for_event(agency uuid, event_type text)
returns table (webhook_id uuid, version integer, is_active boolean, closed boolean)
language sql stable parallel safe as $$
  select w.id, w.version, w.is_active, h.closed_until is not null
  from webhooks w left join webhook_health h on h.webhook_id = w.id
  where w.agency_id = agency and w.deleted_at is null and webhook_matches(w.events, event_type)
$$;
`;

const DELIVERIES = /* sql */ `
-- The delivery of an event to a webhook has exactly one possible id, so the primary key makes the pair unique. It
-- shares
-- the event's first 64 bits, which keeps the deliveries of an event adjacent; after the 2 variant bits, 62 bits
-- identify
-- the webhook. Computed once, when the event is stored.
create or replace function delivery_id(event uuid, webhook uuid) returns uuid
language sql immutable parallel safe as $$
  select encode(
    substr(uuid_send(event), 1, 8)
    || set_byte(substr(sha256(uuid_send(event) || uuid_send(webhook)), 1, 8), 0,
      128 | (63 & get_byte(uuid_send(webhook), 15))),
    'hex')::uuid
$$;

-- Deletes the queue row that is held with this token or, with a delay, makes it due again: a 'retry' counts in the
-- plan, 'again' as an interruption, a 'hold' in neither. Returns the row as it is or was; null when the token no longer
-- holds it. One row at a time, by key: as a join with the batch, a plan prepared while the queue was empty scanned
-- 50,000 rows per result (2 to 9 s a batch).
create or replace function settle_pending(delivery uuid, held uuid, retry_in interval, decision text)
returns webhook_queue
language plpgsql volatile as $$
declare settled webhook_queue;
begin
  if retry_in is null then
    delete from webhook_queue q where q.delivery_id = delivery and q.token = held returning q.* into settled;
  else
    update webhook_queue q
    set due_at = now() + retry_in, token = null, lease_until = null,
      failures = q.failures + (decision = 'retry')::int,
      interruptions = case decision when 'again' then q.interruptions + 1 else 0 end
    where q.delivery_id = delivery and q.token = held returning q.* into settled;
  end if;
  return settled;
end $$;
`;

const PROTECTION = /* sql */ `
-- Row-level security for a table with an agency_id. Also called for every new partition, which would otherwise leak
-- when
-- read directly.
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

/** In order of creation: an SQL function body must find its tables. */
export const FUNCTIONS = SUBSCRIPTIONS + DELIVERIES + PROTECTION;
