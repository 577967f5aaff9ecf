import 'reflect-metadata';
import { loadEnv } from './config/env.js';
import { startServer, type RunningServer } from './server.js';
import { startFault } from './start-error.js';

/* Boot: settings, database, migrations, application; and the graceful way out. What goes wrong is told in a sentence, exit 1. */

let server: RunningServer | undefined;
let stopping = false;
const starting = new AbortController();

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  starting.abort();
  // A start that is under way notices the signal, undoes what it did, and ends the process itself.
  if (!server) return;
  await server.stop();
  process.exit(0);
}

process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());

async function start(): Promise<void> {
  try {
    server = await startServer(loadEnv(process.env), starting.signal);
    if (server === undefined) process.exit(0);
  } catch (error) {
    const fault = startFault(error);
    process.stderr.write(`${fault ?? `The server could not start: ${(error as Error).stack ?? String(error)}`}\n`);
    process.exit(1);
  }
}

/** Once it listens. No top-level await: the bundle is CommonJS. */
export const started = start();
