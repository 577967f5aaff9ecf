/* Row-level security and grants. With FORCE, row-level security applies to the owner of the schema too. */
export const SECURITY = /* sql */ `
select protect_table(t::regclass) from unnest(array[
  'shared_links', 'digests',
  'users', 'sessions', 'password_resets', 'code_sign_ins', 'mails', 'api_keys', 'audit_log', 'idempotency_keys',
  'rejected_events',
  'inboxes', 'inbox_messages', 'webhooks', 'webhook_health', 'webhook_flow', 'webhook_hours', 'recoveries',
  'webhook_problems', 'webhook_alerts', 'alerts', 'webhook_recipients', 'mail_consents', 'mail_hours', 'attempt_mails',
  'webhook_queue',
  'listeners', 'listener_requests',
  'webhook_events', 'webhook_deliveries', 'webhook_attempts', 'publish_keys', 'webhook_versions', 'webhook_groups',
  'agency_routes', 'records', 'message_names',
  'webhook_events_default', 'webhook_deliveries_default', 'webhook_attempts_default'
]) as t;

alter table agencies enable row level security;
alter table agencies force row level security;
create policy tenant on agencies to bpoc_tenant using (id = nullif(current_setting('app.agency_id', true), '')::uuid);
create policy service on agencies to bpoc_service using (true) with check (true);

grant usage on schema public to bpoc_tenant, bpoc_service;
grant select, insert, update, delete on
  agencies, users, sessions, password_resets, code_sign_ins, mails, api_keys, idempotency_keys, inboxes,
  inbox_messages, webhooks, digests,
  webhook_health, webhook_flow, webhook_hours, recoveries, webhook_problems, webhook_alerts, alerts, webhook_events,
  webhook_deliveries, webhook_queue, webhook_attempts, publish_keys, webhook_versions, webhook_groups,
  agency_routes, records, message_names, rejected_events, listeners, listener_requests, webhook_recipients,
  mail_consents, mail_hours, attempt_mails,
  secrets_canary to bpoc_service;
grant select on agencies, alerts, records, message_names, all_deliveries, waiting_deliveries, all_attempts
  to bpoc_tenant, bpoc_service;
grant select, insert on mails, digests to bpoc_tenant;
grant select, insert, update, delete on shared_links to bpoc_tenant, bpoc_service;
grant select, insert, update, delete on
  users, sessions, password_resets, api_keys, idempotency_keys, inboxes, inbox_messages, webhooks, webhook_health,
  webhook_flow, webhook_hours, recoveries, webhook_problems, webhook_alerts, webhook_queue, listeners,
  listener_requests, webhook_recipients, mail_consents to bpoc_tenant;
grant select, insert, update on
  webhook_events, webhook_deliveries, webhook_attempts, publish_keys, webhook_versions, webhook_groups to bpoc_tenant;
grant select, update on agency_routes, attempt_mails to bpoc_tenant;
-- Append-only: neither role may change or delete an entry. The owner of the schema sees only entries that are older
-- than a year, and may delete those.
grant select, insert on audit_log to bpoc_tenant, bpoc_service;
create policy expired on audit_log to current_user using (at < now() - interval '1 year') with check (false);
`;
