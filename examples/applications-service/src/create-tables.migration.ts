import type { MigrationInterface, QueryRunner } from 'typeorm';
import { outboxSql } from 'bpoc-webhooks/outbox';
import { OUTBOX, SCHEMA } from './settings.js';

/** Creates the tables of the service and its outbox. */
export class CreateTables1769077800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table ${SCHEMA}.applications (
      id uuid primary key default gen_random_uuid(),
      job_id text not null,
      job_title text not null,
      candidate_name text not null,
      candidate_email text not null,
      status text not null,
      created_at timestamptz not null default now(),
      version integer not null
    )`);
    await runner.query(`create table ${SCHEMA}.placements (
      id uuid primary key default gen_random_uuid(),
      application_id uuid not null unique references ${SCHEMA}.applications,
      start_date date not null
    )`);
    await runner.query(outboxSql({ table: OUTBOX }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table ${OUTBOX}, ${SCHEMA}.placements, ${SCHEMA}.applications`);
  }
}
