import { cpuBetween, cpuTimes, type CpuTimes } from './cpu.js';
import { sharedMs } from './clock.js';
import type { Receiver } from './receiver.js';
import type { BenchServer } from './server.js';
import { takeStatements } from './statements.js';
import { untilDelivered, verifyExactlyOnce } from './verify.js';

/** Figures of one run of one scenario. */
export interface Run {
  deliveries: number;
  perSecond: number;
  /** Milliseconds of CPU per 1,000 deliveries, by process. */
  cpu: CpuTimes;
  statements: Record<string, number>;
  statementsPerDelivery: number;
  walBytesPerDelivery: number;
  /** Peak of this process, which is server and publisher, in MiB. */
  rssMiB: number;
}

export interface Bench {
  server: BenchServer;
  receiver: Receiver;
  /** The process id of PostgreSQL. */
  postmaster: number;
}

const RSS_EVERY_MS = 100;

/**
 * Publishes, waits until `expected` deliveries are delivered and recorded, and verifies each of them. With `failing`
 * one failed attempt will do; the retries are dropped.
 */
export async function measure(
  bench: Bench,
  expected: number,
  publish: () => Promise<unknown>,
  { failing = false }: { failing?: boolean } = {},
): Promise<Run> {
  const { server, receiver, postmaster } = bench;
  await receiver.reset();
  const wal = await walPosition(server);
  const cpu = await cpuTimes(postmaster, receiver);
  takeStatements();
  let rss = process.memoryUsage.rss();
  const sampling = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), RSS_EVERY_MS);
  const start = sharedMs();
  await publish();
  await untilDelivered(server, receiver, expected);
  const seconds = (sharedMs() - start) / 1000;
  clearInterval(sampling);
  const statements = takeStatements();
  const used = cpuBetween(cpu, await cpuTimes(postmaster, receiver));
  const walBytes = await walSince(server, wal);
  await verifyExactlyOnce(server, await receiver.received(), expected, failing ? ['delivered', 'retrying'] : undefined);
  if (failing) await server.schema.sql('delete from webhook_queue');
  const sum = Object.values(statements).reduce((total, count) => total + count, 0);
  const perThousand = (ms: number) => (ms * 1000) / expected;
  return {
    deliveries: expected,
    perSecond: expected / seconds,
    cpu: {
      server: perThousand(used.server),
      receiver: perThousand(used.receiver),
      postgres: used.postgres === null ? null : perThousand(used.postgres),
    },
    statements,
    statementsPerDelivery: sum / expected,
    walBytesPerDelivery: walBytes / expected,
    rssMiB: rss / 2 ** 20,
  };
}

async function walPosition({ schema }: BenchServer): Promise<string> {
  const [row] = await schema.sql<{ at: string }>('select pg_current_wal_lsn() as at');
  return row!.at;
}

async function walSince({ schema }: BenchServer, from: string): Promise<number> {
  const [row] = await schema.sql<{ bytes: number }>(
    'select pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::float8 as bytes',
    [from],
  );
  return row!.bytes;
}
