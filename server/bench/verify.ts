import type { Received } from './receiver-process.js';
import type { Receiver } from './receiver.js';
import type { BenchServer } from './server.js';
import { until } from './clock.js';

/* Nothing counts that was not received exactly once and recorded as delivered. */

export class LostOrDoubled extends Error {}

/** Waits until `expected` deliveries have been received and nothing is owed any more. */
export async function untilDelivered({ schema }: BenchServer, receiver: Receiver, expected: number): Promise<void> {
  await until(`${expected} deliveries received`, async () => (await receiver.count()) >= expected);
  await until('every result stored', async () => {
    const [row] = await schema.sql<{ owed: boolean }>('select exists (select from webhook_queue) as owed');
    return !row!.owed;
  });
}

/**
 * Every delivery was received exactly once, is recorded as delivered with one attempt, and nothing else was received.
 * @throws LostOrDoubled naming what is wrong
 */
export async function verifyExactlyOnce({ schema }: BenchServer, received: Received, expected: number): Promise<void> {
  const distinct = [...new Set(received.deliveries)];
  const doubled = received.deliveries.length - distinct.length;
  const [row] = await schema.sql<{ recorded: number; attempts: number }>(
    `select count(*)::int as recorded, coalesce(sum((select count(*) from webhook_attempts a where a.delivery_id = d.id)), 0)::int as attempts
     from unnest($1::uuid[]) as r(id) join webhook_deliveries d on d.id = r.id and d.state = 'delivered' and d.attempts = 1`,
    [distinct],
  );
  const { recorded, attempts } = row!;
  if (distinct.length !== expected || doubled !== 0 || recorded !== expected || attempts !== expected) {
    throw new LostOrDoubled(
      `${expected} deliveries expected: ${distinct.length} received, ${doubled} of them again, ${recorded} recorded as delivered, with ${attempts} attempts`,
    );
  }
}

/** The bare posts: every one received, none twice. */
export function verifyPosts(received: Received, expected: number): void {
  const distinct = new Set(received.deliveries).size;
  if (distinct !== expected || received.deliveries.length !== expected) {
    throw new LostOrDoubled(
      `${expected} posts expected: ${received.deliveries.length} received, ${distinct} of them different`,
    );
  }
}
