import type { BenchDatabase } from '../database.js';
import { eventMaker } from '../events.js';
import type { Options } from '../options.js';
import { startReceiver, type Receiver } from '../receiver.js';
import { figure, say, sayTable } from '../report.js';
import { startServer } from '../server.js';
import { median } from '../statistics.js';
import { backlog } from './backlog.js';
import { burst } from './burst.js';
import type { Disturbance, Place } from './disturbance.js';
import { oneHangs, thirtyHang, thirtyHangAtOneHost } from './hanging.js';
import { silentDns } from './silent-dns.js';
import { steadyLoad, type OthersDelay } from './steady-load.js';

/*
 * Whether some suffer from others: an even load on healthy webhooks, undisturbed and disturbed in turns, and what the disturbance does to the time
 * from publish to arrival. Of the rounds the median of the ratios.
 */

const DISTURBANCES = [oneHangs, thirtyHang, thirtyHangAtOneHost, backlog, burst, silentDns];

interface Result {
  title: string;
  limit: Disturbance['limit'];
  quiet: OthersDelay[];
  disturbed: OthersDelay[];
  /** p99 disturbed to undisturbed, of each round. */
  ratios: number[];
}

export async function fairness(options: Options, database: BenchDatabase): Promise<object> {
  const receiver = await startReceiver();
  const results: Record<string, Result> = {};
  try {
    for (const disturbance of DISTURBANCES) {
      if (options.only.length > 0 && !options.only.includes(disturbance.name)) continue;
      results[disturbance.name] = await suffer(disturbance, { options, database, receiver });
    }
  } finally {
    await receiver.stop();
  }
  tell(results);
  return { fairness: results };
}

interface Setting {
  options: Options;
  database: BenchDatabase;
  receiver: Receiver;
}

async function suffer(disturbance: Disturbance, { options, database, receiver }: Setting): Promise<Result> {
  const special = await disturbance.settings?.();
  const server = await startServer(await database.create(disturbance.name), special?.settings);
  const place: Place = { server, receiver, makeEvent: eventMaker(options) };
  const result: Result = { title: disturbance.title, limit: disturbance.limit, quiet: [], disturbed: [], ratios: [] };
  try {
    const agencies: string[] = [];
    for (let index = 0; index < options.webhooks; index++) {
      const [target] = await server.addAgency([`${receiver.origin}/ok/${index}`]);
      agencies.push(target!.agencyId);
    }
    await steadyLoad(place, agencies, null);
    for (let round = 1; round <= options.rounds; round++) {
      const quiet = await steadyLoad(place, agencies, null);
      const begun = await disturbance.begin(place);
      const disturbed = await steadyLoad(place, agencies, begun);
      const seen = await begun.end();
      result.quiet.push(quiet);
      result.disturbed.push(disturbed);
      result.ratios.push(disturbed.p99Ms / quiet.p99Ms);
      say(`${disturbance.title}: others' p99 ${figure(quiet.p99Ms)} → ${figure(disturbed.p99Ms)} ms ${seen}`);
    }
  } finally {
    await server.close();
    await special?.close();
  }
  return result;
}

function tell(results: Record<string, Result>): void {
  const middle = (delays: OthersDelay[], read: (delay: OthersDelay) => number) => figure(median(delays.map(read)));
  const rows = Object.values(results).map(({ title, limit, quiet, disturbed, ratios }) => [
    title,
    middle(quiet, (delay) => delay.p50Ms),
    middle(quiet, (delay) => delay.p99Ms),
    middle(disturbed, (delay) => delay.p50Ms),
    middle(disturbed, (delay) => delay.p99Ms),
    `${figure(median(ratios))} (${figure(Math.min(...ratios))}–${figure(Math.max(...ratios))})`,
    'ratio' in limit ? `ratio ≤ ${limit.ratio}` : `p99 ≤ ${limit.ms} ms`,
  ]);
  sayTable(['healthy others, publish → arrival', 'p50 quiet', 'p99 quiet', 'p50', 'p99', 'p99 ratio', 'target'], rows);
}
