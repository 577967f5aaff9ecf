import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * Who is told when a webhook fails, and what they were told: a row of `alerts` for each recipient. A row without sent_at and given_up_at is
 * owed; rows of the last days are also how the server knows what it has told already.
 */
const ALERTS = /* sql */ `
create table webhook_alerts (
  webhook_id uuid primary key,
  agency_id uuid not null,
  emails text[] not null default '{}',
  url text,
  updated_at timestamptz not null default now(),
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index webhook_alerts_agency on webhook_alerts (agency_id, webhook_id);

create table alerts (
  id uuid primary key,
  agency_id uuid not null,
  webhook_id uuid not null,
  kind text not null check (kind in ('paused', 'switch_off_soon', 'switched_off', 'recovered')),
  channel text not null check (channel in ('email', 'url')),
  target text not null,
  facts json not null,
  created_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  attempts integer not null default 0,
  sent_at timestamptz,
  given_up_at timestamptz,
  foreign key (agency_id, webhook_id) references webhooks (agency_id, id)
);
create index alerts_webhook on alerts (webhook_id, created_at);
create index alerts_agency on alerts (agency_id, created_at);
create index alerts_owed on alerts (due_at) where sent_at is null and given_up_at is null;

select protect_table(t::regclass) from unnest(array['webhook_alerts', 'alerts']) as t;
grant select, insert, update, delete on webhook_alerts to bpoc_tenant, bpoc_service;
grant select, insert, update, delete on alerts to bpoc_service;
grant select on alerts to bpoc_tenant;
`;

export class Alerts1769423400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ALERTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table alerts; drop table webhook_alerts');
  }
}
