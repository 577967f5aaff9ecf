import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * What the log says about an attempt and had no place for: in which form its answer is kept, when their certificate ended, and which deliveries
 * a recovery passed over (an index for them would be of 20,000 ids a row; there are few rows of one agency). Nothing is rewritten.
 */
const COLUMNS = /* sql */ `
alter table webhook_attempts
  add column response_encoding text check (response_encoding in ('utf-8', 'hex')),
  add column certificate_expired_at timestamptz;
alter table recoveries add column passed_over_ids uuid[] not null default '{}';
`;

/* Who sent a delivery again is asked for by its id, and the log of an agency holds a year. */
const RESENT = /* sql */ `create index audit_log_resent on audit_log (target_id, id) where action = 'delivery.resent'`;

export class AttemptAnswers1769703000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [COLUMNS, RESENT]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop index audit_log_resent;
      alter table recoveries drop column passed_over_ids;
      alter table webhook_attempts drop column response_encoding, drop column certificate_expired_at;
    `);
  }
}
