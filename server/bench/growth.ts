import pg from 'pg';
import { createPartitions } from '../src/database/partitions.js';
import { barePostsOf, setScene } from './throughput.js';
import { sharedMs } from './clock.js';
import type { BenchDatabase, Schema } from './database.js';
import { inProcess } from './in-process.js';
import { logPages, type PageTimes } from './log-pages.js';
import type { Run } from './measure.js';
import type { Options } from './options.js';
import { startReceiver } from './receiver.js';
import { figure, say, sayTable } from './report.js';
import type { Scene } from './scenario.js';
import { startServer, type BenchServer, type Target } from './server.js';
import { countStatements } from './statements.js';
import { median } from './statistics.js';
import { store } from './stored.js';

/*
 * Whether a full log slows anything down. Two databases of one server, one empty and one with millions of
 * deliveries over four weeks, and the same application on each: measured alternately, so that drift of the machine
 * affects both.
 */

const DAY_MS = 86_400_000;
const DAYS = 28;
/** Share of the rows that belong to one large agency. */
const LARGE_SHARE = 0.2;
const WAITING = 5_000;

interface Side {
  scene: Scene;
  runs: Run[];
  ratios: number[];
}

export async function growth(options: Options, database: BenchDatabase): Promise<object> {
  countStatements();
  const receiver = await startReceiver();
  const servers: BenchServer[] = [];
  const side = async (schema: Schema): Promise<Side> => {
    const server = await startServer(schema);
    servers.push(server);
    return { scene: await setScene({ server, receiver, postmaster: database.pid }, options), runs: [], ratios: [] };
  };
  try {
    const empty = await side(await database.create('empty'));
    const full = await side(await database.create('full'));
    const size = await fill(full.scene, options.rows);
    await measureInTurns([empty, full], options.rounds);
    await storeWaiting(full.scene);
    const pages = { empty: await logPages(empty.scene), full: await logPages(full.scene) };
    report(empty, full, pages);
    return { rows: options.rows, databaseBytes: size, empty: kept(empty), full: kept(full), pages };
  } finally {
    for (const server of servers) await server.close();
    await receiver.stop();
  }
}

const kept = ({ runs, ratios }: Side) => ({ runs, ratios });

/** Spreads `rows` deliveries evenly over the days up to now; returns the size of the database. */
export async function fill({ bench, agencies, largeAgencies }: Scene, rows: number): Promise<number> {
  const { schema } = bench.server;
  const targets = await schema.sql<Target>('select agency_id as "agencyId", id as "webhookId" from webhooks');
  const large = targets.filter(({ agencyId }) => agencyId === largeAgencies[0]);
  const others = targets.filter(({ agencyId }) => agencies.includes(agencyId));
  const start = sharedMs();
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  for (let day = DAYS - 1; day >= 0; day--) {
    const fromMs = today - day * DAY_MS;
    const toMs = day === 0 ? Math.max(Date.now(), fromMs + 1000) : fromMs + DAY_MS - 1;
    await makePartitions(schema, fromMs + DAY_MS);
    const count = Math.floor(rows / DAYS);
    const ofLarge = Math.floor(count * LARGE_SHARE);
    await store(schema, { targets: large, count: ofLarge, fromMs, toMs, kind: 'history' });
    await store(schema, { targets: others, count: count - ofLarge, fromMs, toMs, kind: 'history' });
    if (day % 7 === 0)
      say(`${figure(((DAYS - day) * rows) / DAYS)} deliveries stored after ${figure((sharedMs() - start) / 1000)} s`);
  }
  await schema.sql('vacuum (analyze)');
  await schema.sql('checkpoint');
  const [size] = await schema.sql<{ bytes: number }>('select pg_database_size(current_database())::float8 as bytes');
  say(`filled in ${figure((sharedMs() - start) / 1000)} s, ${figure(size!.bytes / 2 ** 30)} GiB`);
  return size!.bytes;
}

/** What waits is part of the log. Stored last: the rounds end when nothing is pending. */
async function storeWaiting({ bench, largeAgencies }: Scene): Promise<void> {
  const { schema } = bench.server;
  const targets = await schema.sql<Target>(
    'select agency_id as "agencyId", id as "webhookId" from webhooks where agency_id = $1',
    [largeAgencies[0]],
  );
  await store(schema, { targets, count: WAITING, fromMs: Date.now() - 60_000, toMs: Date.now(), kind: 'later' });
}

/** Partitions of the day of `ms` and of the day before, as the owner of the schema. */
async function makePartitions({ url }: Schema, ms: number): Promise<void> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    await createPartitions(owner, ms, { daysAhead: 0 });
  } finally {
    await owner.end();
  }
}

async function measureInTurns(sides: Side[], rounds: number): Promise<void> {
  for (const { scene } of sides) await inProcess(scene);
  let before = (await barePostsOf(sides[0]!.scene)).perSecond;
  for (let round = 1; round <= rounds; round++) {
    for (const side of sides) {
      const run = await inProcess(side.scene);
      const after = (await barePostsOf(side.scene)).perSecond;
      side.runs.push(run);
      side.ratios.push(run.perSecond / ((before + after) / 2));
      before = after;
    }
    const [empty, full] = sides.map(({ runs }) => figure(runs.at(-1)!.perSecond));
    say(`round ${round}: empty ${empty}/s, full ${full}/s`);
  }
}

function report(empty: Side, full: Side, pages: Record<'empty' | 'full', PageTimes[]>): void {
  const rate = ({ runs }: Side) => median(runs.map((run) => run.perSecond));
  const cpu = ({ runs }: Side) => median(runs.map((run) => run.cpu.postgres ?? Number.NaN));
  const pairs = full.runs.map((run, index) => run.perSecond / empty.runs[index]!.perSecond);
  sayTable(
    ['deliveries', 'per s', '÷ bare', 'pg CPU ms per 1,000'],
    [
      ['empty', figure(rate(empty)), figure(median(empty.ratios)), figure(cpu(empty))],
      ['full', figure(rate(full)), figure(median(full.ratios)), figure(cpu(full))],
      ['full ÷ empty, median of pairs (target ≥ 0.90)', figure(median(pairs)), '', ''],
    ],
  );
  const rows = pages.full.map(({ page, medianMs, worstMs, rows: found }, index) => {
    const before = pages.empty[index]!;
    return [page, figure(before.medianMs), figure(medianMs), figure(worstMs), String(found)];
  });
  sayTable(['page of the log, large agency (target ≤ 50 ms)', 'empty ms', 'full ms', 'full worst ms', 'rows'], rows);
}
