import type { MigrationInterface, QueryRunner } from 'typeorm';

/* The test inbox. Messages hold candidates' data: they carry their event's id, so that erasing it finds them. */
const INBOXES = /* sql */ `
create table inboxes (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  token text not null unique,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (agency_id, id)
);

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

alter table webhooks add column inbox_id uuid;
alter table webhooks add foreign key (agency_id, inbox_id) references inboxes (agency_id, id) on delete set null (inbox_id);
create index webhooks_inbox on webhooks (inbox_id) where inbox_id is not null;

select protect_table('inboxes'), protect_table('inbox_messages');
grant select, insert, update, delete on inboxes, inbox_messages to bpoc_tenant, bpoc_service;
`;

export class Inboxes1769509800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(INBOXES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhooks drop column inbox_id; drop table inbox_messages; drop table inboxes');
  }
}
