import type { MigrationInterface, QueryRunner } from 'typeorm';

/* Webhooks that a recovery has sent something to: each gets one delivery that may go as the probe of a pause, however many batches there are. */
export class RecoveryProbes1769338800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table recoveries add column probed uuid[] not null default '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table recoveries drop column probed');
  }
}
