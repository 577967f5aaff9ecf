import { parseArgs } from 'node:util';

/* Command-line options. The defaults run in a few minutes on two cores; `hour` takes more than one. */

const COMMANDS = ['throughput', 'growth', 'fairness', 'hour', 'profile'] as const;

export interface Options {
  command: (typeof COMMANDS)[number];
  /** Deliveries per scenario and round. */
  count: number;
  /** Concurrent publishers, each awaiting its result before it publishes again; also concurrent bare posts. */
  concurrency: number;
  /** Webhooks, one per agency. */
  webhooks: number;
  /** Size of a padded message in bytes; 0: the catalogue's example. */
  payload: number;
  rounds: number;
  json: boolean;
  /** Scenarios to run, by name; empty: the usual ones. */
  only: string[];
  /** The extra scenarios too. */
  all: boolean;
  /** For `growth` and `hour`: stored deliveries. */
  rows: number;
  /** For `hour`. */
  minutes: number;
  /** For `hour`: events a second; 0: half of what can be published. */
  rate: number;
  /** Superuser URL of another PostgreSQL; null: the embedded one. */
  server: string | null;
  /** Whether events carry an idempotency key. */
  keys: boolean;
}

const USAGE = `npm run bench -- [growth | fairness | hour | profile] [options]
  --count N        deliveries per scenario and round (20000)
  --concurrency N  concurrent publishers (256)
  --webhooks N     webhooks, one per agency (100)
  --payload N      padded message size in bytes (the example's)
  --rounds N       rounds, interleaved (5; fairness 3)
  --only A,B       only these scenarios
  --all            every scenario
  --no-keys        events without an idempotency key
  --rows N         growth, hour: stored deliveries (5000000; hour 10000000)
  --minutes N      hour: how long (60)
  --rate N         hour: events a second (half of what can be published)
  --server URL     superuser URL of another PostgreSQL instead of the embedded one
  --json           one JSON document on standard output, progress on standard error`;

/** @throws Error with the usage for unknown arguments */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const [command = 'throughput', ...others] = positionals;
  if (!isCommand(command) || others.length > 0) throw new Error(USAGE);
  return {
    command,
    count: whole('count', values.count, 20_000),
    concurrency: whole('concurrency', values.concurrency, 256),
    webhooks: whole('webhooks', values.webhooks, 100),
    payload: whole('payload', values.payload, 0),
    rounds: whole('rounds', values.rounds, command === 'fairness' ? 3 : 5),
    json: values.json,
    only: values.only?.split(',') ?? [],
    all: values.all,
    rows: whole('rows', values.rows, command === 'hour' ? 10_000_000 : 5_000_000),
    minutes: whole('minutes', values.minutes, 60),
    rate: whole('rate', values.rate, 0),
    server: values.server ?? null,
    keys: !values['no-keys'],
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ count: text, concurrency: text, webhooks: text, payload: text, rounds: text, rows: text },
        ...{ minutes: text, rate: text },
        ...{ only: text, server: text, json: flag, all: flag, 'no-keys': flag },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function isCommand(text: string): text is Options['command'] {
  return (COMMANDS as readonly string[]).includes(text);
}

function whole(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number\n${USAGE}`);
  return value;
}
