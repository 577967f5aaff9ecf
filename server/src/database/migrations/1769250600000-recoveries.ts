import type { MigrationInterface, QueryRunner } from 'typeorm';

/* Bulk resends. The ids are kept in the row, so that what is sent is just what was shown, whatever happens to the log in between. */
const RECOVERIES = /* sql */ `
create table recoveries (
  id uuid primary key,
  agency_id uuid not null references agencies (id),
  state text not null default 'planned' check (state in ('planned', 'running', 'done', 'stopped')),
  created_by text not null,
  created_at timestamptz not null default now(),
  delivery_ids uuid[] not null,
  position integer not null default 0,
  resent integer not null default 0,
  passed_over integer not null default 0,
  next_batch_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz
);
create index recoveries_agency on recoveries (agency_id, id);
create index recoveries_running on recoveries (next_batch_at) where state = 'running';
select protect_table('recoveries');
grant select, insert, update, delete on recoveries to bpoc_tenant, bpoc_service;
`;

export class Recoveries1769250600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECOVERIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table recoveries');
  }
}
