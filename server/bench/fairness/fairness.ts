import type { BenchDatabase } from '../database.js';
import { eventMaker } from '../events.js';
import type { Options } from '../options.js';
import { startReceiver, type Receiver } from '../receiver.js';
import { figure, say, sayTable } from '../report.js';
import { addAgencies, startServer } from '../server.js';
import { percentile } from '../statistics.js';
import { backlog } from './backlog.js';
import { burst } from './burst.js';
import type { Disturbance, Place } from './disturbance.js';
import { flapping } from './flapping.js';
import { oneHangs, thirtyHang, thirtyHangAtOneHost } from './hanging.js';
import { silentDns } from './silent-dns.js';
import { steadyLoad } from './steady-load.js';

/*
 * Whether webhooks affect each other: a steady load on healthy webhooks, alternately undisturbed and disturbed, and
 * the effect on the time from publish to arrival. Figures are over all rounds together, because one hiccup of the
 * machine sets the p99 of a single round.
 */

const DISTURBANCES = [oneHangs, thirtyHang, thirtyHangAtOneHost, backlog, burst, silentDns, flapping];

interface Delay {
  events: number;
  p50Ms: number;
  p99Ms: number;
  worstMs: number;
}

interface Result {
  title: string;
  limit: Disturbance['limit'];
  quiet: Delay;
  disturbed: Delay;
  /** p99 disturbed to undisturbed, over all rounds together. */
  ratio: number;
  /** Per round. */
  ratios: number[];
}

export async function fairness(options: Options, database: BenchDatabase): Promise<object> {
  const receiver = await startReceiver();
  const results: Record<string, Result> = {};
  try {
    for (const disturbance of DISTURBANCES) {
      if (options.only.length > 0 && !options.only.includes(disturbance.name)) continue;
      results[disturbance.name] = await measureDisturbance(disturbance, { options, database, receiver });
    }
  } finally {
    await receiver.stop();
  }
  report(results);
  return { fairness: results };
}

interface Setting {
  options: Options;
  database: BenchDatabase;
  receiver: Receiver;
}

async function measureDisturbance(disturbance: Disturbance, { options, database, receiver }: Setting): Promise<Result> {
  const special = await disturbance.settings?.();
  const server = await startServer(await database.create(disturbance.name), special?.settings);
  const place: Place = { server, receiver, makeEvent: eventMaker(options) };
  const all = { quiet: [] as number[], disturbed: [] as number[] };
  const ratios: number[] = [];
  try {
    const urls = Array.from({ length: options.webhooks }, (_, index) => `${receiver.origin}/ok/${index}`);
    const agencies = (await addAgencies(server, urls)).map(({ agencyId }) => agencyId);
    await steadyLoad(place, agencies, null);
    for (let round = 1; round <= options.rounds; round++) {
      const quiet = await steadyLoad(place, agencies, null);
      const begun = await disturbance.begin(place);
      const disturbed = await steadyLoad(place, agencies, begun);
      const seen = await begun.end();
      all.quiet.push(...quiet);
      all.disturbed.push(...disturbed);
      const [before, after] = [percentile(quiet, 0.99), percentile(disturbed, 0.99)];
      ratios.push(after / before);
      say(`${disturbance.title}: others' p99 ${figure(before)} → ${figure(after)} ms ${seen}`);
    }
  } finally {
    await server.close();
    await special?.close();
  }
  const [quiet, disturbed] = [delayOf(all.quiet), delayOf(all.disturbed)];
  const { title, limit } = disturbance;
  return { title, limit, quiet, disturbed, ratio: disturbed.p99Ms / quiet.p99Ms, ratios };
}

const delayOf = (delays: number[]): Delay => ({
  events: delays.length,
  p50Ms: percentile(delays, 0.5),
  p99Ms: percentile(delays, 0.99),
  worstMs: percentile(delays, 1),
});

function report(results: Record<string, Result>): void {
  const rows = Object.values(results).map(({ title, limit, quiet, disturbed, ratio, ratios }) => [
    title,
    figure(quiet.p50Ms),
    figure(quiet.p99Ms),
    figure(disturbed.p50Ms),
    figure(disturbed.p99Ms),
    `${figure(ratio)} (${figure(Math.min(...ratios))}–${figure(Math.max(...ratios))})`,
    'ratio' in limit ? `ratio ≤ ${limit.ratio}` : `p99 ≤ ${limit.ms} ms`,
  ]);
  sayTable(['healthy others, publish → arrival', 'p50 quiet', 'p99 quiet', 'p50', 'p99', 'p99 ratio', 'target'], rows);
}
