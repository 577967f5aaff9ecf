import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { sharedMs, sleep, until } from './clock.js';
import { familyCpuMs, processCpuMs } from './cpu.js';
import type { BenchDatabase, Schema } from './database.js';
import { fill } from './growth.js';
import { posts } from './http-events.js';
import type { LoadResult } from './load-process.js';
import { prepareLoad, type LoadProcess } from './load.js';
import { SINGLE, spreadOf, waits, type Spread } from './open-load.js';
import type { Options } from './options.js';
import { startReceiver, type Receiver } from './receiver.js';
import { figure, say, sayTable } from './report.js';
import { addAgencies, newKeys, startServer } from './server.js';
import { setScene } from './throughput.js';
import { LostOrDoubled } from './verify.js';

/*
 * An hour of single events at half of what can be published, on a log of four weeks: whether memory, latency or cost
 * grow, and what checkpoints do to them. The server is a process of its own. Two receivers take turns by the minute:
 * what one got is compared with what was accepted while the other receives. Needs /proc.
 */

const MINUTE_MS = 60_000;
/** Rows of the report. */
const PERIODS = 12;
const WARM_UPS = 3;
/** Settings that fit a database with this load. Durability stays as it is. */
const CHECKPOINTS = ["max_wal_size = '4GB'", "checkpoint_timeout = '15min'"];

/** What has been used since the start. */
interface Sample {
  serverMs: number;
  postgresMs: number;
  rssMiB: number;
  wal: string;
  /** When the last checkpoint began. */
  checkpoint: string;
  load: number;
}

interface Minute {
  answers: number[];
  arrived: number[];
  refused: number;
}

interface Period {
  minutes: string;
  accepted: Spread;
  arrived: Spread;
  /** Microseconds of CPU per delivery. */
  serverUs: number;
  postgresUs: number;
  walBytes: number;
  /** Of the server process, at the end. */
  rssMiB: number;
  checkpoints: number;
  load: number;
}

interface Side {
  receiver: Receiver;
  agencies: string[];
}

export async function hour(options: Options, database: BenchDatabase): Promise<object> {
  const schema = await database.create('hour');
  const receivers = [await startReceiver(), await startReceiver()] as const;
  try {
    if (options.server === null) {
      for (const setting of CHECKPOINTS) await schema.sql(`alter system set ${setting}`);
      await schema.sql('select pg_reload_conf()');
      say(`for this run: ${CHECKPOINTS.join(', ')}`);
    }
    const keys = newKeys();
    const { sides, token, rate } = await prepare(options, database, { schema, receivers, keys });
    say(`${figure(rate)} events a second`);
    const server = fork(fileURLToPath(new URL('server-process.js', import.meta.url)), { execArgv: [] });
    try {
      server.send({ url: schema.url, settings: { SECRETS_KEYS: keys } });
      const [origin] = (await once(server, 'message')) as [string];
      const requests = (rate * MINUTE_MS) / 1000;
      const load = ({ agencies }: Side): Promise<LoadProcess> =>
        prepareLoad({ origin, token, ...SINGLE, requests, agencies, options, perSecond: rate });
      const startedAt = new Date();
      const { minutes, samples } = await run(options.minutes, sides, load, () => sample(schema, server, database.pid));
      const accepted = minutes.reduce((sum, { answers }) => sum + answers.length, 0);
      const refused = minutes.reduce((sum, minute) => sum + minute.refused, 0);
      await verifyRecorded(schema, startedAt, accepted);
      const periods = periodsOf(minutes, samples, await walBetween(schema, samples));
      report(periods, { accepted, refused });
      return { rate, accepted, refused, periods };
    } finally {
      server.disconnect();
      await once(server, 'exit');
    }
  } finally {
    for (const receiver of receivers) await receiver.stop();
  }
}

/** Webhooks at both receivers, four weeks of deliveries, and how many single events a second to publish. */
async function prepare(
  options: Options,
  database: BenchDatabase,
  { schema, receivers, keys }: { schema: Schema; receivers: readonly [Receiver, Receiver]; keys: string },
): Promise<{ sides: [Side, Side]; token: string; rate: number }> {
  const server = await startServer(schema, { SECRETS_KEYS: keys });
  try {
    const [receiver, other] = receivers;
    const scene = await setScene({ server, receiver, postmaster: database.pid }, options);
    const urls = Array.from({ length: options.webhooks }, (_, n) => `${other.origin}/ok/${n}`);
    const others = await addAgencies(server, urls);
    await fill(scene, options.rows);
    let maximum = 0;
    for (let time = 0; time < WARM_UPS; time++) maximum = (await posts(scene, { size: 1 })).perSecond;
    say(`${figure(maximum)} single events a second at most`);
    const sides: [Side, Side] = [
      { receiver, agencies: scene.agencies },
      { receiver: other, agencies: others.map(({ agencyId }) => agencyId) },
    ];
    await receiver.reset();
    return { sides, token: scene.token, rate: options.rate || Math.round(maximum / 2) };
  } finally {
    await server.close();
  }
}

async function run(
  count: number,
  sides: readonly [Side, Side],
  prepareFor: (side: Side) => Promise<LoadProcess>,
  take: () => Promise<Sample>,
): Promise<{ minutes: Minute[]; samples: Sample[] }> {
  const samples: Sample[] = [];
  const minutes: Promise<Minute>[] = [];
  let load = await prepareFor(sides[0]);
  const start = sharedMs();
  for (let n = 0; n < count; n++) {
    await sleep(Math.max(0, start + n * MINUTE_MS - sharedMs()));
    // Its receiver's last minute is compared by now; else this one begins late.
    await minutes[n - 2];
    minutes.push(minuteOf(load, sides[n % 2]!.receiver));
    samples.push(await take());
    if (n + 1 < count) load = await prepareFor(sides[(n + 1) % 2]!);
    if (n % 10 === 9) say(`${n + 1} minutes, ${figure(samples.at(-1)!.rssMiB)} MiB, load ${figure(loadavg()[0]!)}`);
  }
  const ended = await Promise.all(minutes);
  samples.push(await take());
  return { minutes: ended, samples };
}

/** @throws LostOrDoubled */
async function minuteOf(load: LoadProcess, receiver: Receiver): Promise<Minute> {
  const { accepted, statuses } = await load.go();
  await load.stop();
  await untilArrived(receiver, accepted);
  const received = await receiver.received();
  await receiver.reset();
  const { answers, arrived } = waits(accepted, received);
  const lost = arrived.filter(Number.isNaN).length;
  const doubled = received.events.length - new Set(received.events).size;
  if (lost + doubled > 0) throw new LostOrDoubled(`${lost} lost, ${doubled} received twice`);
  const refused = Object.entries(statuses).reduce((sum, [status, times]) => sum + (status === '202' ? 0 : times), 0);
  return { answers, arrived, refused };
}

const untilArrived = (receiver: Receiver, { ids }: LoadResult['accepted']) =>
  until(`${ids.length} deliveries received`, async () => (await receiver.count()) >= ids.length, MINUTE_MS / 2, 100);

async function sample(schema: Schema, server: ChildProcess, postmaster: number): Promise<Sample> {
  const pid = server.pid!;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [row] = await schema.sql<{ wal: string; checkpoint: string }>(
    'select pg_current_wal_lsn() as wal, redo_lsn as checkpoint from pg_control_checkpoint()',
  );
  return {
    ...row!,
    serverMs: await processCpuMs(pid),
    postgresMs: (await familyCpuMs(postmaster))!,
    rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024,
    load: loadavg()[0]!,
  };
}

/** @throws LostOrDoubled */
async function verifyRecorded({ sql }: Schema, since: Date, accepted: number): Promise<void> {
  let recorded = 0;
  const isComplete = async () => {
    const [row] = await sql<{ count: number }>(
      `select count(*)::int as count from webhook_deliveries
       where finished_at >= $1 and state = 'delivered' and attempts = 1`,
      [since],
    );
    recorded = row!.count;
    return recorded >= accepted;
  };
  await until('every result stored', isComplete, MINUTE_MS);
  if (recorded !== accepted) throw new LostOrDoubled(`${accepted} accepted, ${recorded} recorded as delivered once`);
}

/** Bytes of WAL from each sample to the next. */
async function walBetween({ sql }: Schema, samples: readonly Sample[]): Promise<number[]> {
  const rows = await sql<{ bytes: number }>(
    `select pg_wal_lsn_diff(lead(wal) over (order by n), wal)::float8 as bytes
     from unnest($1::pg_lsn[]) with ordinality as s(wal, n) order by n`,
    [samples.map(({ wal }) => wal)],
  );
  return rows.slice(0, -1).map(({ bytes }) => bytes);
}

function periodsOf(minutes: readonly Minute[], samples: readonly Sample[], wal: readonly number[]): Period[] {
  const length = Math.ceil(minutes.length / PERIODS);
  return Array.from({ length: Math.ceil(minutes.length / length) }, (_, period) => {
    const from = period * length;
    const to = Math.min(from + length, minutes.length);
    const within = minutes.slice(from, to);
    const answers = within.flatMap((minute) => minute.answers);
    const [begin, end] = [samples[from]!, samples[to]!];
    const each = (total: number) => total / answers.length;
    return {
      minutes: `${from + 1}–${to}`,
      accepted: spreadOf(answers),
      arrived: spreadOf(within.flatMap(({ arrived }) => arrived)),
      serverUs: each((end.serverMs - begin.serverMs) * 1000),
      postgresUs: each((end.postgresMs - begin.postgresMs) * 1000),
      walBytes: each(wal.slice(from, to).reduce((sum, bytes) => sum + bytes, 0)),
      rssMiB: end.rssMiB,
      checkpoints: new Set(samples.slice(from, to + 1).map(({ checkpoint }) => checkpoint)).size - 1,
      load: end.load,
    };
  });
}

function report(periods: readonly Period[], { accepted, refused }: { accepted: number; refused: number }): void {
  const cells = ({ p50Ms, p99Ms, worstMs }: Spread) => [p50Ms, p99Ms, worstMs].map(figure);
  sayTable(
    ['minutes', '202 p50', 'p99', 'worst', 'arrival p50', 'p99', 'worst', 'server µs', 'pg µs'].concat([
      'WAL B',
      'RSS MiB',
      'checkpoints',
      'load',
    ]),
    periods.map((period) => [
      period.minutes,
      ...cells(period.accepted),
      ...cells(period.arrived),
      ...[period.serverUs, period.postgresUs, period.walBytes, period.rssMiB].map(figure),
      String(period.checkpoints),
      figure(period.load),
    ]),
  );
  say(`${figure(accepted)} accepted, each received once and recorded as delivered with one try; ${refused} refused`);
}
