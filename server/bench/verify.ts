import type { Received } from './receiver-process.js';
import type { Receiver } from './receiver.js';
import type { BenchServer } from './server.js';
import { until } from './clock.js';

/* A delivery counts only when received exactly once and recorded as delivered. */

export class LostOrDoubled extends Error {}

/** Waits until `expected` deliveries have been received and no first attempt is pending. */
export async function untilDelivered({ schema }: BenchServer, receiver: Receiver, expected: number): Promise<void> {
  await until(`${expected} deliveries received`, async () => (await receiver.count()) >= expected);
  await until('every result stored', async () => {
    const [row] = await schema.sql<{ pending: boolean }>(
      'select exists (select from webhook_queue where failures = 0) as pending',
    );
    return !row!.pending;
  });
}

/**
 * Every delivery was received exactly once and recorded so with one attempt, and nothing else was received.
 * @throws LostOrDoubled
 */
export async function verifyExactlyOnce(
  { schema }: BenchServer,
  received: Received,
  expected: number,
  states = ['delivered'],
): Promise<void> {
  const distinct = [...new Set(received.deliveries)];
  const doubled = received.deliveries.length - distinct.length;
  const [row] = await schema.sql<{ recorded: number; attempts: number }>(
    `select count(*)::int as recorded,
         coalesce(sum((
            select count(*) from all_attempts a where a.agency_id = d.agency_id and a.delivery_id = d.id
          )), 0)::int as attempts
     from unnest($1::uuid[]) as r(id)
     join all_deliveries d on d.id = r.id and d.state = any($2) and d.attempts = 1`,
    [distinct, states],
  );
  const { recorded, attempts } = row!;
  if (distinct.length !== expected || doubled !== 0 || recorded !== expected || attempts !== expected) {
    throw new LostOrDoubled(
      `${expected} deliveries expected: ${distinct.length} received, ${doubled} of them again, ` +
        `${recorded} recorded as delivered, with ${attempts} attempts`,
    );
  }
}

/** Every bare post was received exactly once. */
export function verifyPosts(received: Received, expected: number): void {
  const distinct = new Set(received.deliveries).size;
  if (distinct !== expected || received.deliveries.length !== expected) {
    throw new LostOrDoubled(
      `${expected} posts expected: ${received.deliveries.length} received, ${distinct} of them distinct`,
    );
  }
}
