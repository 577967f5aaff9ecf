import { parseArgs } from 'node:util';

/* What can be asked of the bench. Every number has a default that runs in a few minutes on two cores. */

export interface Options {
  command: 'throughput' | 'growth' | 'fairness' | 'profile';
  /** Deliveries per scenario and round. */
  count: number;
  /** Publishers at once, each waiting for its answer before it publishes again; also the requests under way of the bare posts. */
  concurrency: number;
  /** Webhooks, one to an agency. */
  webhooks: number;
  /** Bytes that the message is padded to; 0: as the catalogue's example is. */
  payload: number;
  rounds: number;
  json: boolean;
  /** Scenarios to run, by name; empty: all. */
  only: string[];
  /** Stored deliveries of `growth`. */
  rows: number;
  /** A superuser of another PostgreSQL to measure on; null: the embedded one. */
  server: string | null;
  /** Whether events carry an id, so that publishing them again changes nothing. */
  keys: boolean;
}

const USAGE = `npm run bench -- [growth | fairness | profile] [options]
  --count N        deliveries per scenario and round (20000)
  --concurrency N  publishers at once (256)
  --webhooks N     webhooks, one to an agency (100)
  --payload N      bytes of a message, padded (as the example)
  --rounds N       rounds, interleaved (5; fairness 3)
  --only A,B       only these scenarios
  --no-keys        events without an id of their own
  --rows N         growth: stored deliveries (5000000)
  --server URL     another PostgreSQL, as its superuser, in place of the embedded one
  --json           one JSON document on standard output, the progress on standard error`;

/** @throws Error with the usage when something unknown is asked */
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
    rows: whole('rows', values.rows, 5_000_000),
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
        ...{ only: text, server: text, json: flag, 'no-keys': flag },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function isCommand(text: string): text is Options['command'] {
  return text === 'throughput' || text === 'growth' || text === 'fairness' || text === 'profile';
}

function whole(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number\n${USAGE}`);
  return value;
}
