import { writeFile } from 'node:fs/promises';
import { Session, type Profiler } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchDatabase } from './database.js';
import type { Options } from './options.js';
import { startReceiver } from './receiver.js';
import { figure, say, sayTable } from './report.js';
import { countStatements } from './statements.js';
import { startServer } from './server.js';
import { SCENARIOS } from './scenarios.js';
import { setScene } from './throughput.js';

/* Where the server's CPU time goes in one scenario, by default in process: self times of functions, summed by area. */

/** The first pattern that matches a function's place determines its area. */
const AREAS: [area: string, place: RegExp][] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['waiting', /^\((idle|program)\)/],
  ['bench', /dist-bench\/bench/],
  ['events: check and serialise', /src\/events|class-validator|\/validator\//],
  ['outbound client', /src\/outbound/],
  ['engine', /src\/webhooks/],
  ['undici', /undici|llhttp|wasm/],
  ['database: pg', /node_modules\/pg/],
  ['database: pools, TypeORM', /typeorm|src\/database/],
  ['HMAC, hash', /node:internal\/crypto/],
  ['sockets, streams', /node:(net|internal\/stream|internal\/streams|stream|internal\/js_stream)/],
  [
    'timers, promises, event loop',
    /node:(internal\/timers|timers|internal\/process|internal\/async|async_hooks|events|diagnostics)/,
  ],
];

export async function profile(options: Options, database: BenchDatabase): Promise<object> {
  countStatements();
  const receiver = await startReceiver();
  const server = await startServer(await database.create('profile'));
  try {
    const scene = await setScene({ server, receiver, postmaster: database.pid }, options);
    const scenario = SCENARIOS.find(({ name }) => name === (options.only[0] ?? 'in_process'))!;
    await scenario.run(scene);
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
    const run = await scenario.run(scene);
    const { profile: taken } = await session.post('Profiler.stop');
    session.disconnect();
    const file = join(tmpdir(), `bpoc-bench-${process.pid}.cpuprofile`);
    await writeFile(file, JSON.stringify(taken));
    const functions = selfTimes(taken);
    const areas = byArea(functions);
    report(areas, functions, run.deliveries);
    say(
      `${figure(run.perSecond)} deliveries/s under the profiler; open ${file} in a browser's developer tools for more`,
    );
    return { run, areas };
  } finally {
    await server.close();
    await receiver.stop();
  }
}

interface SelfTime {
  name: string;
  place: string;
  ms: number;
}

function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): SelfTime[] {
  const spent = new Map<number, number>();
  samples.forEach((id, index) => spent.set(id, (spent.get(id) ?? 0) + timeDeltas[index]! / 1000));
  const merged = new Map<string, SelfTime>();
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const place =
      url === '' ? functionName : `${url.replace(/^.*\/(node_modules|dist-bench)\//, '$1/')}:${lineNumber + 1}`;
    const key = `${functionName} ${place}`;
    const entry = merged.get(key) ?? { name: functionName || '(anonymous)', place, ms: 0 };
    entry.ms += spent.get(id) ?? 0;
    merged.set(key, entry);
  }
  return [...merged.values()].toSorted((a, b) => b.ms - a.ms);
}

function byArea(functions: SelfTime[]): Record<string, number> {
  const areas: Record<string, number> = {};
  for (const { place, ms } of functions) {
    const area =
      AREAS.find(([, pattern]) => pattern.test(place))?.[0] ?? (place.includes(':') ? 'other code' : 'native code');
    areas[area] = (areas[area] ?? 0) + ms;
  }
  return areas;
}

const SHOWN = 40;

function report(areas: Record<string, number>, functions: SelfTime[], deliveries: number): void {
  const perThousand = (ms: number) => figure((ms * 1000) / deliveries);
  const rows = Object.entries(areas).toSorted(([, a], [, b]) => b - a);
  sayTable(
    ['area', 'ms per 1,000'],
    rows.map(([area, ms]) => [area, perThousand(ms)]),
  );
  sayTable(
    ['function', 'ms per 1,000'],
    functions.slice(0, SHOWN).map(({ name, place, ms }) => [`${name}  ${place}`, perThousand(ms)]),
  );
}
