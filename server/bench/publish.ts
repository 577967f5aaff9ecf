import { AppError } from '../src/lib/app-error.js';
import { DomainEvents } from '../src/events/domain-events.js';
import type { DomainEvent } from '../src/events/publishable-event.js';
import { sharedMs, sleep } from './clock.js';
import type { BenchServer } from './server.js';

/** Runs `work` for 0 … count-1, `concurrency` at a time. */
export async function eachOf(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

/** Publishes in process with `concurrency` publishers, each awaiting the commit of its event. */
export async function publishInProcess({ app }: BenchServer, given: DomainEvent[], concurrency: number): Promise<void> {
  const events = app.get(DomainEvents);
  await eachOf(given.length, concurrency, async (index) => {
    await events.publish(given[index]!);
  });
}

/** Start of publishing by event id, on the clock of `sharedMs`. */
export type PublishTimes = Map<string, number>;

export interface SteadyLoad {
  perSecond: number;
  seconds: number;
}

/**
 * Publishes at a fixed rate regardless of the server's speed, and retries when it is full. Resolves when all events
 * are accepted, with the times of these agencies' events; null: of all.
 */
export async function publishSteadily(
  { app }: BenchServer,
  { perSecond, seconds }: SteadyLoad,
  makeEvent: (index: number) => DomainEvent,
  recorded: ReadonlySet<string> | null = null,
): Promise<PublishTimes> {
  const events = app.get(DomainEvents);
  const times: PublishTimes = new Map();
  const running: Promise<void>[] = [];
  const start = sharedMs();
  for (let sent = 0; sent < perSecond * seconds;) {
    const due = Math.min(perSecond * seconds, Math.floor(((sharedMs() - start) * perSecond) / 1000));
    for (; sent < due; sent++) {
      const began = sharedMs();
      const event = makeEvent(sent);
      const isRecorded = recorded === null || recorded.has(event.agencyId);
      running.push(publishWithRetry(events, event).then((id) => void (isRecorded && times.set(id, began))));
    }
    await sleep(1);
  }
  await Promise.all(running);
  return times;
}

/** Retries while the intake is full, as a well-behaved service does. */
export async function publishWithRetry(events: DomainEvents, event: DomainEvent): Promise<string> {
  for (;;) {
    try {
      return (await events.publish(event)).id;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'intake_full') throw error;
      await sleep(50);
    }
  }
}
