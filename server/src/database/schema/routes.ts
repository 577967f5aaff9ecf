/*
 * Each process decides from its copy of an agency's webhooks which of them get an event. agency_routes has the version
 * of the webhooks, which every change that affects the decision increments in its transaction. The triggers are
 * deferred, so that the row is always locked last.
 */
export const ROUTES = /* sql */ `
create table agency_routes (
  agency_id uuid primary key references agencies (id),
  version integer not null default 1
);

create function add_routes() returns trigger language plpgsql as $$
begin
  insert into agency_routes (agency_id) values (new.id);
  return null;
end $$;
create trigger agencies_routes after insert on agencies for each row execute function add_routes();

create function raise_routes() returns trigger language plpgsql as $$
begin
  update agency_routes set version = version + 1 where agency_id = new.agency_id;
  return null;
end $$;
create constraint trigger webhooks_routes after insert or update of version, events, is_active, deleted_at on webhooks
  deferrable initially deferred for each row execute function raise_routes();
create constraint trigger health_begins_closed after insert on webhook_health
  deferrable initially deferred for each row when (new.closed_until is not null) execute function raise_routes();
create constraint trigger health_closes after update on webhook_health
  deferrable initially deferred for each row when ((old.closed_until is null) <> (new.closed_until is null))
  execute function raise_routes();
`;
