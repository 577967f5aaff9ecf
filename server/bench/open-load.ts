import { prepareLoad } from './load.js';
import { figure, sayTable } from './report.js';
import type { Scene } from './scenario.js';
import { percentile } from './statistics.js';
import { untilDelivered, verifyExactlyOnce } from './verify.js';

/*
 * Single events for one webhook at a fixed rate, from another process: how long until the 202, and until the request
 * arrives at the receiver? From the time each was due, so that a stall of the server counts for all that it delays.
 */

const RATES = [200, 1_000];
const SECONDS = 10;

interface Spread {
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  worstMs: number;
}

export interface OpenLoad {
  perSecond: number;
  accepted: Spread;
  arrived: Spread;
}

export async function openLoad(scene: Scene): Promise<OpenLoad[]> {
  const results: OpenLoad[] = [];
  // The first connections and thousands of events compile code.
  await run(scene, RATES[0]!, 5);
  for (const perSecond of RATES) results.push(await run(scene, perSecond, SECONDS));
  return results;
}

async function run(
  { bench: { server, receiver }, busyAgency, makeEvent, token }: Scene,
  perSecond: number,
  seconds: number,
): Promise<OpenLoad> {
  await receiver.reset();
  const count = perSecond * seconds;
  const bodies = Array.from({ length: count }, () => JSON.stringify(makeEvent(busyAgency)));
  const { port } = new URL(server.origin);
  const load = await prepareLoad({
    port: Number(port),
    path: '/api/internal/events',
    token,
    connections: 0,
    bodies,
    perSecond,
  });
  try {
    const { accepted } = await load.go();
    await untilDelivered(server, receiver, count);
    const received = await receiver.received();
    await verifyExactlyOnce(server, received, count);
    const arrivedAt = new Map(received.events.map((id, index) => [id, received.at[index]!]));
    return {
      perSecond,
      accepted: spreadOf(accepted.map(({ dueAt, answeredAt }) => answeredAt - dueAt)),
      arrived: spreadOf(accepted.map(({ id, dueAt }) => arrivedAt.get(id)! - dueAt)),
    };
  } finally {
    await load.stop();
  }
}

function spreadOf(times: number[]): Spread {
  const [p50Ms, p90Ms, p99Ms, worstMs] = [0.5, 0.9, 0.99, 1].map((share) => percentile(times, share));
  return { p50Ms: p50Ms!, p90Ms: p90Ms!, p99Ms: p99Ms!, worstMs: worstMs! };
}

export function reportOpenLoad(results: readonly OpenLoad[]): void {
  const cells = ({ p50Ms, p90Ms, p99Ms, worstMs }: Spread) => [p50Ms, p90Ms, p99Ms, worstMs].map(figure);
  sayTable(
    ['single events for one webhook, ms', 'p50', 'p90', 'p99', 'worst', 'target'],
    results.flatMap(({ perSecond, accepted, arrived }) => [
      [`${figure(perSecond)}/s, due → 202`, ...cells(accepted), ''],
      [`${figure(perSecond)}/s, due → arrival`, ...cells(arrived), perSecond === 200 ? 'p99 6, worst 20' : 'p99 15'],
    ]),
  );
}
