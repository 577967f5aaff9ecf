import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * The audit log is kept for a year. The roles that serve people still may not delete; the owner of the schema, whom row-level security shows nothing
 * otherwise, sees the entries that are over, and them alone: nothing younger can be deleted, nothing can be changed.
 */
export class AuditRetention1769338200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create policy expired on audit_log to current_user using (at < now() - interval '1 year') with check (false)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop policy expired on audit_log');
  }
}
