import { sharedMs, sleep, until } from './clock.js';
import type { Schema } from './database.js';
import type { Latency } from './idle-latency.js';
import type { Options } from './options.js';
import { publishSteadily } from './publish.js';
import type { Receiver } from './receiver.js';
import { eventMaker } from './events.js';
import { addAgencies, startServer } from './server.js';
import { turn } from './scenario.js';
import { percentile } from './statistics.js';
import { LostOrDoubled } from './verify.js';

/* Every first attempt gets a 500. How long after its due time does the second attempt reach the receiver? */

/** A minute becomes 1.2 seconds: long enough to read the due times from the queue. */
const DELAY_SCALE = 0.02;
const LOAD = { perSecond: 200, seconds: 5 };

export async function retryLateness(schema: Schema, receiver: Receiver, options: Options): Promise<Latency> {
  const server = await startServer(schema, { DELAY_SCALE: String(DELAY_SCALE) });
  try {
    await receiver.reset();
    const urls = Array.from({ length: options.webhooks }, (_, index) => `${receiver.origin}/fail/1/${index}`);
    const agencies = (await addAgencies(server, urls)).map(({ agencyId }) => agencyId);
    const makeEvent = eventMaker(options);
    const due = new Map<string, number>();
    let watching = true;
    const watch = (async () => {
      while (watching) {
        await readDueTimes(schema, due);
        await sleep(100);
      }
    })();
    try {
      const expected = (await publishSteadily(server, LOAD, (index) => makeEvent(turn(agencies, index)))).size;
      await until('second attempts', async () => (await receiver.count()) >= 2 * expected);
    } finally {
      // Before the database stops, or its pool would reject unhandled and leave the server running.
      watching = false;
      await watch;
    }
    return await lateness(receiver, due, LOAD.perSecond * LOAD.seconds);
  } finally {
    await server.close();
  }
}

/** The queue's due times, on the clock of `sharedMs`; database and bench share the wall clock. */
async function readDueTimes({ sql }: Schema, due: Map<string, number>): Promise<void> {
  const offset = sharedMs() - Date.now();
  const rows = await sql<{ delivery_id: string; due_ms: number }>(
    'select delivery_id, extract(epoch from due_at)::float8 * 1000 as due_ms from webhook_queue where failures = 1',
  );
  for (const { delivery_id, due_ms } of rows) due.set(delivery_id, due_ms + offset);
}

async function lateness(receiver: Receiver, due: Map<string, number>, expected: number): Promise<Latency> {
  const { deliveries, attempts, at } = await receiver.received();
  const seconds = attempts.flatMap((attempt, index) => (attempt === 2 ? [index] : []));
  if (seconds.length !== expected || deliveries.length !== 2 * expected) {
    throw new LostOrDoubled(
      `${expected} deliveries: ${deliveries.length} requests, ${seconds.length} of them second attempts`,
    );
  }
  const late = seconds.flatMap((index) => {
    const dueAt = due.get(deliveries[index]!);
    return dueAt === undefined ? [] : [at[index]! - dueAt];
  });
  return { samples: late.length, p50Ms: percentile(late, 0.5), p99Ms: percentile(late, 0.99) };
}
