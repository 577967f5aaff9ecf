import { createServer, type Server } from 'node:http';
import { parseArgs } from 'node:util';
import { natsTransport } from '../nats/nats-transport.js';
import { Relay } from '../outbox/relay.js';
import { DEFAULT_TABLE } from '../outbox/table.js';
import type { Transport } from '../outbox/transport.js';
import { natsOptions } from './nats-options.js';
import { databaseOf, numberOf, TABLE_OPTIONS } from './options.js';
import { UsageError } from './usage-error.js';

const HELP = `bpoc-webhooks relay [options]

Publishes the events in the outbox until stopped. Several relays can share a table.

  --database postgres://…   default: BPOC_OUTBOX_DATABASE_URL, else DATABASE_URL
  --table name              name or schema.name; default ${DEFAULT_TABLE}
  --keep-days n             days for which sent rows are kept; default 0: they are deleted at once
  --batch n                 events per request, up to 500
  --port n                  serves GET /metrics (Prometheus) and GET /health (200 or 503) on this port
  --once                    exits when no events are pending
  --transport nats          publishes to JetStream instead of over HTTP
  --retry-rejected          sends refused events again, then exits like --once

The server: BPOC_WEBHOOKS_URL and BPOC_WEBHOOKS_TOKEN (a service token with the scope publish). With --transport nats:
NATS_URL (nats://user:password@host:4222 or tls://…, several separated by commas), NATS_CREDENTIALS (a .creds file),
NATS_CA, NATS_CERT and NATS_KEY (PEM files).

  npx bpoc-webhooks relay --port 9464
  npx bpoc-webhooks relay --retry-rejected
`;

const OPTIONS = {
  ...TABLE_OPTIONS,
  'keep-days': { type: 'string' },
  batch: { type: 'string' },
  port: { type: 'string' },
  transport: { type: 'string' },
  once: { type: 'boolean' },
  'retry-rejected': { type: 'boolean' },
} as const;

/** `relay`. Resolves on SIGTERM or SIGINT, or when nothing is left to send. */
export async function relayCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return void process.stdout.write(HELP);
  const batch = numberOf('batch', values.batch, 1) ?? 500;
  if (batch > 500) throw new UsageError('--batch must be at most 500');
  const relay = new Relay({
    database: databaseOf(values.database),
    table: values.table ?? DEFAULT_TABLE,
    keepDays: numberOf('keep-days', values['keep-days'], 0) ?? 0,
    batch,
    log: say,
    ...(await transportOf(values.transport)),
  });
  const port = numberOf('port', values.port, 0);
  const server = port === undefined ? null : await serve(relay, port);
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
  try {
    if (values.once || values['retry-rejected']) await once(relay, values['retry-rejected'] === true, stopped);
    else {
      relay.start();
      say('bpoc-webhooks relay: started');
      await stopped;
    }
  } finally {
    await relay.stop();
    server?.close();
  }
  const { sent, waiting } = relay.health();
  say(`bpoc-webhooks relay: sent ${sent} events${waiting > 0 ? `; ${waiting} pending` : ''}`);
}

async function transportOf(name = 'http'): Promise<{ transport?: Transport }> {
  if (name === 'http') return {};
  if (name === 'nats') return { transport: natsTransport(await natsOptions(process.env)) };
  throw new UsageError('--transport must be http or nats');
}

async function once(relay: Relay, isRetry: boolean, stopped: Promise<void>): Promise<void> {
  if (isRetry) say(`bpoc-webhooks relay: resends ${await relay.retryRejected()} refused events`);
  await Promise.race([relay.drain(), stopped]);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function serve(relay: Relay, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(relay.metrics());
    } else if (request.url === '/health') {
      const health = relay.health();
      response.writeHead(health.ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(health));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  const address = server.address();
  if (typeof address === 'object') say(`bpoc-webhooks relay: metrics listening on http://localhost:${address?.port}`);
  return server;
}
