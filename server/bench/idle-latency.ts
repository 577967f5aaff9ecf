import { DomainEvents } from '../src/events/domain-events.js';
import { sharedMs, sleep, until } from './clock.js';
import type { Scene } from './scenario.js';
import { turn } from './scenario.js';
import { percentile } from './statistics.js';
import { untilDelivered, verifyExactlyOnce } from './verify.js';

export interface Latency {
  samples: number;
  p50Ms: number;
  p99Ms: number;
}

const SAMPLES = 300;
const BETWEEN_MS = 15;

/** From calling publish until the whole request has reached the idle receiver. */
export async function idleLatency({ bench, agencies, makeEvent }: Scene): Promise<Latency> {
  const { server, receiver } = bench;
  await receiver.reset();
  const events = server.app.get(DomainEvents);
  const began = new Map<string, number>();
  for (let sample = 0; sample < SAMPLES; sample++) {
    const event = makeEvent(turn(agencies, sample));
    const at = sharedMs();
    const { id } = await events.publish(event);
    began.set(id, at);
    await until('arrival', async () => (await receiver.count()) > sample, 10_000, 1);
    await sleep(BETWEEN_MS);
  }
  await untilDelivered(server, receiver, SAMPLES);
  const received = await receiver.received();
  await verifyExactlyOnce(server, received, SAMPLES);
  const latencies = received.events.map((id, index) => received.at[index]! - began.get(id)!);
  return { samples: SAMPLES, p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
}
