import { barePosts, type Posts } from './bare-post.js';
import type { BenchDatabase } from './database.js';
import { eventMaker } from './events.js';
import { idleCpu, reportIdleCpu } from './idle-cpu.js';
import { idleLatency, type Latency } from './idle-latency.js';
import type { Run } from './measure.js';
import { openLoad, openShares, reportOpenLoad, type OpenLoad } from './open-load.js';
import type { Options } from './options.js';
import { startReceiver, type Receiver } from './receiver.js';
import { figure, say, sayTable } from './report.js';
import { retryLateness } from './retry-lateness.js';
import { FAN_OUT, turn, type Place, type Scenario, type Scene } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import { startServer, type BenchServer } from './server.js';
import { countStatements } from './statements.js';
import { median } from './statistics.js';

/*
 * Throughput. The speed of the machine drifts, so every scenario runs between two runs of the bare posts, and the
 * result is its ratio to their mean; over several rounds, the median.
 */

/** CPU of a bare post, in ms per 1,000, on the machine of the targets. */
const BARE_CPU = 36;
const LARGE_AGENCIES = 10;

interface Rounds {
  scenario: Scenario;
  runs: Run[];
  /** Relative to the bare posts around each run. */
  ratios: number[];
}

export async function throughput(options: Options, database: BenchDatabase): Promise<object> {
  countStatements();
  const schema = await database.create('throughput');
  const receiver = await startReceiver();
  const server = await startServer(schema);
  let bare: Posts[] = [];
  let rounds: Map<string, Rounds>;
  let latency: Latency | null = null;
  let open: OpenLoad[] = [];
  try {
    const scene = await setScene({ server, receiver, postmaster: database.pid }, options);
    ({ bare, rounds } = await runRounds(scene));
    if (isSelected(options, 'idle')) latency = await idleLatency(scene);
    if (isSelected(options, 'open_load')) open = await openLoad(scene);
    if (options.all || options.only.includes('open_shares')) open.push(...(await openShares(scene)));
  } finally {
    await server.close();
  }
  const lateness = isSelected(options, 'retry')
    ? await retryLateness(await database.create('retry'), receiver, options)
    : null;
  const idleCost = isSelected(options, 'idle_cpu')
    ? await idleCpu(await database.create('idle'), { receiver, postmaster: database.pid })
    : [];
  await receiver.stop();
  report(bare, rounds, latency, lateness);
  if (open.length > 0) reportOpenLoad(open);
  if (idleCost.length > 0) reportIdleCpu(idleCost);
  return {
    bare,
    scenarios: Object.fromEntries(rounds),
    idleCpu: idleCost,
    idle: latency,
    retry: lateness,
    openLoad: open,
  };
}

const isSelected = ({ only }: Options, name: string) => only.length === 0 || only.includes(name);

/** Agencies, webhooks and a token. */
export async function setScene(
  bench: { server: BenchServer; receiver: Receiver; postmaster: number },
  options: Options,
): Promise<Scene> {
  const { server, receiver } = bench;
  const places = new Map<string, Promise<string[]>>();
  const add = async ({ agencies, webhooks, path, secure }: Place): Promise<string[]> => {
    const origin = secure ? receiver.secureOrigin : receiver.origin;
    const ids: string[] = [];
    for (let n = 0; n < agencies; n++) {
      const urls = Array.from({ length: webhooks }, (_, webhook) => `${origin}${path}/${n}-${webhook}`);
      ids.push((await server.addAgency(urls))[0]!.agencyId);
    }
    return ids;
  };
  const at = (place: Place): Promise<string[]> => {
    const key = JSON.stringify(place);
    if (!places.has(key)) places.set(key, add(place));
    return places.get(key)!;
  };
  const [busy] = await at({ agencies: 1, webhooks: 1, path: '/ok/busy' });
  return {
    bench,
    options,
    agencies: await at({ agencies: options.webhooks, webhooks: 1, path: '/ok' }),
    largeAgencies: await at({ agencies: LARGE_AGENCIES, webhooks: FAN_OUT, path: '/ok' }),
    busyAgency: busy!,
    at,
    makeEvent: eventMaker(options),
    token: await server.token(),
  };
}

/** Runs the bare posts of a scene. */
export function barePostsOf({ bench, options, agencies, makeEvent }: Scene, secure = false): Promise<Posts> {
  return barePosts(bench.receiver, makeEvent(turn(agencies, 0)), { ...options, secure });
}

async function runRounds(scene: Scene): Promise<{ bare: Posts[]; rounds: Map<string, Rounds> }> {
  const { options } = scene;
  const scenarios = SCENARIOS.filter(({ name, extra }) =>
    extra && options.only.length === 0 ? options.all : isSelected(options, name),
  );
  await warmUp(scene, scenarios);
  const rounds = new Map<string, Rounds>(
    scenarios.map((scenario) => [scenario.name, { scenario, runs: [], ratios: [] }]),
  );
  const bare = [await barePostsOf(scene)];
  for (let round = 1; round <= options.rounds; round++) {
    for (const scenario of scenarios) {
      const begin = scenario.secure ? await barePostsOf(scene, true) : bare.at(-1)!;
      const run = await scenario.run(scene);
      const end = await barePostsOf(scene, scenario.secure);
      if (!scenario.secure) bare.push(end);
      const before = begin.perSecond;
      const ratio = run.perSecond / ((before + end.perSecond) / 2);
      rounds.get(scenario.name)!.runs.push(run);
      rounds.get(scenario.name)!.ratios.push(ratio);
      const rate = figure(run.perSecond);
      say(`round ${round}: bare ${figure(before)}/s, ${scenario.title} ${rate}/s, ratio ${figure(ratio)}`);
    }
  }
  return { bare, rounds };
}

/** The first thousands of events compile code and open connections. */
async function warmUp(scene: Scene, scenarios: Scenario[]): Promise<void> {
  const short = { ...scene, options: { ...scene.options, count: Math.ceil(scene.options.count / 4) } };
  await barePostsOf(short);
  for (const scenario of scenarios) await scenario.run(short);
}

function report(bare: Posts[], rounds: Map<string, Rounds>, idle: Latency | null, retry: Latency | null): void {
  const first = rounds.get('in_process');
  const inProcessRate = first ? median(first.runs.map((run) => run.perSecond)) : Number.NaN;
  const of = (runs: Run[], read: (run: Run) => number | null) =>
    figure(median(runs.map((run) => read(run) ?? Number.NaN)));
  const bareCpu = median(bare.map((posts) => posts.cpu));
  const scaled = (cpu: number | null) => (cpu === null ? null : (cpu * BARE_CPU) / bareCpu);
  const rows = [...rounds.values()].map(({ scenario: { title, target }, runs, ratios }) => [
    title,
    of(runs, (run) => run.perSecond),
    `${figure(median(ratios))} (${figure(Math.min(...ratios))}–${figure(Math.max(...ratios))})`,
    figure(median(runs.map((run) => run.perSecond)) / inProcessRate),
    of(runs, (run) => run.cpu.server),
    of(runs, (run) => run.cpu.postgres),
    of(runs, (run) => run.cpu.receiver),
    `${of(runs, (run) => scaled(run.cpu.server))} + ${of(runs, (run) => scaled(run.cpu.postgres))}`,
    of(runs, (run) => run.statementsPerDelivery),
    of(runs, (run) => run.walBytesPerDelivery),
    of(runs, (run) => run.rssMiB),
    target ?? '',
  ]);
  const bareRow = [
    'bare undici POST, nothing stored',
    figure(median(bare.map((posts) => posts.perSecond))),
    '1',
    '',
    figure(bareCpu),
  ];
  const head = 'per s,÷ bare,÷ in process,server CPU,pg CPU,recv CPU,scaled,SQL,WAL B,RSS MiB,target'.split(',');
  sayTable(
    ['deliveries, received once and stored', ...head],
    [[...bareRow, ...Array.from({ length: 7 }, () => '')], ...rows],
  );
  say(
    `CPU in ms per 1,000 deliveries; scaled: server + PostgreSQL, as if a bare post took ${BARE_CPU}; ` +
      'SQL statements and WAL bytes per delivery; ' +
      'RSS of server and publisher together; medians of all rounds',
  );
  sayLatency('idle, publish', idle, '5 / 25');
  sayLatency('retry, due', retry, 'p99 1,000');
  for (const [name, { runs }] of rounds)
    say(`statements of the last run, ${name}: ${JSON.stringify(runs.at(-1)!.statements)}`);
}

function sayLatency(from: string, latency: Latency | null, target: string): void {
  if (!latency) return;
  const [p50, p99] = [figure(latency.p50Ms), figure(latency.p99Ms)];
  say(`${from} → request arrived: p50 ${p50} ms, p99 ${p99} ms (target ${target}; ${latency.samples} samples)`);
}
