import { until } from '../clock.js';
import { publishSteadily, type PublishTimes } from '../publish.js';
import { turn } from '../scenario.js';
import { LostOrDoubled } from '../verify.js';
import type { Begun, Place } from './disturbance.js';

/** 3 events a second for each of a hundred webhooks: far below capacity, so that only the disturbance has an effect. */
const PER_SECOND = 300;
const SECONDS = 12;

/**
 * Publishes at a steady rate, at least until the disturbance is over. Returns the times of the healthy webhooks'
 * events from calling publish to arrival at the receiver, in milliseconds.
 */
export async function steadyLoad(place: Place, agencies: string[], begun: Begun | null): Promise<number[]> {
  const { server, receiver, makeEvent } = place;
  await receiver.reset();
  const sick = begun?.alsoPublishFor ?? [];
  // The total is the same as without the disturbance: the sick replace some healthy ones.
  const all = [...agencies.slice(sick.length), ...sick];
  const healthy = new Set(agencies);
  const times: PublishTimes = new Map();
  const state = { going: true };
  const done = begun?.done.then(() => void (state.going = false));
  do {
    const part = await publishSteadily(
      server,
      { perSecond: PER_SECOND, seconds: SECONDS },
      (index) => makeEvent(turn(all, index)),
      healthy,
    );
    for (const [id, began] of part) times.set(id, began);
  } while (done && state.going);
  await done;
  return delaysOf(place, times);
}

async function delaysOf({ receiver }: Place, times: PublishTimes): Promise<number[]> {
  let receivedAt = new Map<string, number[]>();
  await until(
    'every event of the healthy received',
    async () => {
      const received = await receiver.received();
      receivedAt = new Map();
      received.events.forEach((id, index) => {
        if (times.has(id)) receivedAt.set(id, [...(receivedAt.get(id) ?? []), received.at[index]!]);
      });
      return receivedAt.size === times.size;
    },
    60_000,
    500,
  );
  const doubled = [...receivedAt.values()].filter((at) => at.length > 1).length;
  if (doubled > 0) throw new LostOrDoubled(`${doubled} deliveries of healthy webhooks were received more than once`);
  return [...times].map(([id, began]) => receivedAt.get(id)![0]! - began);
}
