import type { MigrationInterface, QueryRunner } from 'typeorm';

/*
 * What becomes of one queue row, one at a time and by its key. As a join with the batch, the prepared plan depended on how large the queue
 * was when it was made: with an empty queue it read all of it for each result, and kept doing so while 50,000 events arrived: 2 to 9 s a
 * batch, until the statistics were renewed.
 */
const SETTLE_OWED = /* sql */ `
-- Ends the row that is held with this token or, with a delay, owes it again: as a failure that counts or as an interruption. Answers the row as
-- it is or was; null: somebody else holds it.
create function settle_owed(delivery uuid, held uuid, retry_in interval, counts boolean) returns webhook_queue
language plpgsql volatile as $$
declare settled webhook_queue;
begin
  if retry_in is null then
    delete from webhook_queue q where q.delivery_id = delivery and q.token = held returning q.* into settled;
  else
    update webhook_queue q
    set due_at = now() + retry_in, token = null, lease_until = null,
      failures = case when counts then q.failures + 1 else q.failures end,
      interruptions = case when counts then 0 else q.interruptions + 1 end
    where q.delivery_id = delivery and q.token = held returning q.* into settled;
  end if;
  return settled;
end $$;
`;

export class SettleOwed1769704000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SETTLE_OWED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function settle_owed(uuid, uuid, interval, boolean)');
  }
}
