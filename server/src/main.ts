import 'reflect-metadata';
import { loadEnv } from './config/env.js';
import { startServer, type RunningServer } from './server.js';
import { startFault } from './start-error.js';

/* Start-up and graceful shutdown. A failed start prints one sentence and exits with 1. */

let server: RunningServer | undefined;
let stopping = false;
const starting = new AbortController();

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  starting.abort();
  // A start in progress sees the abort signal, cleans up and exits.
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

/** Resolves when the server listens. No top-level await: the bundle is CommonJS. */
export const started = start();
