import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * Owed work whose message was erased while a request was under way: settle reads the mark on the row it holds anyway, so erasure costs deliveries
 * nothing. The index is empty but for those moments.
 */
const ERASURE = /* sql */ `
alter table webhook_queue add column erased boolean not null default false;
create index webhook_queue_erased on webhook_queue (delivery_id) where erased;
`;

export class Erasure1769337600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ERASURE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_queue drop column erased');
  }
}
