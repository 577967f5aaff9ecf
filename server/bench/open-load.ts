import { posts } from './http-events.js';
import type { LoadResult } from './load-process.js';
import { prepareLoad } from './load.js';
import type { Received } from './receiver-process.js';
import { figure, sayTable } from './report.js';
import type { Scene } from './scenario.js';
import { percentile } from './statistics.js';
import { untilDelivered, verifyExactlyOnce } from './verify.js';

/*
 * Single events at a fixed rate, from another process, for one webhook or at parts of the maximum for a hundred: how
 * long until the 202, and until the request arrives at the receiver? From the time each was due, so that a stall of the
 * server counts for all that it delays.
 */

const RATES = [200, 1_000];
/** Shares of the maximum that any number of connections can publish. */
const SHARES = [0.25, 0.5, 0.8];
const SECONDS = 10;
/** One event a request, on as many connections as it takes. */
export const SINGLE = { size: 1, connections: 0 };

export interface Spread {
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  worstMs: number;
}

export interface OpenLoad {
  name: string;
  perSecond: number;
  target: string;
  accepted: Spread;
  arrived: Spread;
}

export async function openLoad(scene: Scene): Promise<OpenLoad[]> {
  const results: OpenLoad[] = [];
  const agencies = [scene.busyAgency];
  // The first connections and thousands of events compile code.
  await run(scene, agencies, RATES[0]!, 5);
  for (const perSecond of RATES) {
    const target = perSecond === 200 ? 'p99 6, worst 20' : 'p99 15';
    const name = `${figure(perSecond)}/s, one webhook`;
    results.push({ name, target, ...(await run(scene, agencies, perSecond, SECONDS)) });
  }
  return results;
}

export async function openShares(scene: Scene): Promise<OpenLoad[]> {
  const results: OpenLoad[] = [];
  await posts(scene, { size: 1 });
  const { perSecond: maximum } = await posts(scene, { size: 1 });
  for (const share of SHARES) {
    const perSecond = Math.round(maximum * share);
    const name = `${figure(perSecond)}/s, ${share * 100} % of the maximum`;
    const target = share === 0.5 ? 'p99 50' : '';
    results.push({ name, target, ...(await run(scene, scene.agencies, perSecond, SECONDS)) });
  }
  return results;
}

async function run(
  { bench: { server, receiver }, options, token }: Scene,
  agencies: readonly string[],
  perSecond: number,
  seconds: number,
): Promise<Omit<OpenLoad, 'name' | 'target'>> {
  await receiver.reset();
  const count = perSecond * seconds;
  const { origin } = server;
  const load = await prepareLoad({ origin, token, ...SINGLE, requests: count, agencies, options, perSecond });
  try {
    const { accepted } = await load.go();
    await untilDelivered(server, receiver, count);
    const received = await receiver.received();
    await verifyExactlyOnce(server, received, count);
    const { answers, arrived } = waits(accepted, received);
    return { perSecond, accepted: spreadOf(answers), arrived: spreadOf(arrived) };
  } finally {
    await load.stop();
  }
}

/** Milliseconds from the time each accepted event was due to its 202 and to its arrival; NaN for one that is lost. */
export function waits({ ids, dueAt, answeredAt }: LoadResult['accepted'], { events, at }: Received) {
  const arrivedAt = new Map(events.map((id, index) => [id, at[index]!]));
  return {
    answers: answeredAt.map((answered, index) => answered - dueAt[index]!),
    arrived: ids.map((id, index) => (arrivedAt.get(id) ?? Number.NaN) - dueAt[index]!),
  };
}

export function spreadOf(times: number[]): Spread {
  const [p50Ms, p90Ms, p99Ms, worstMs] = [0.5, 0.9, 0.99, 1].map((share) => percentile(times, share));
  return { p50Ms: p50Ms!, p90Ms: p90Ms!, p99Ms: p99Ms!, worstMs: worstMs! };
}

export function reportOpenLoad(results: readonly OpenLoad[]): void {
  const cells = ({ p50Ms, p90Ms, p99Ms, worstMs }: Spread) => [p50Ms, p90Ms, p99Ms, worstMs].map(figure);
  sayTable(
    ['single events, ms', 'p50', 'p90', 'p99', 'worst', 'target'],
    results.flatMap(({ name, target, accepted, arrived }) => [
      [`${name}, due → 202`, ...cells(accepted), target === 'p99 50' ? target : ''],
      [`${name}, due → arrival`, ...cells(arrived), target],
    ]),
  );
}
