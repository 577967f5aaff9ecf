import 'reflect-metadata';
import { EnvError, loadEnv } from './config/env.js';
import { BootCheckError } from './database/boot-checks.js';
import { LocalPostgresError } from './database/local-postgres.js';
import { startServer, StartError, type RunningServer } from './server.js';

/* Boot: settings, database, migrations, application; and the graceful way out. What goes wrong is told in a sentence, exit 1. */

/** What an operator can mend: told as a sentence, without a stack. */
const EXPECTED = [EnvError, LocalPostgresError, BootCheckError, StartError];

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

try {
  server = await startServer(loadEnv(process.env), starting.signal);
  if (server === undefined) process.exit(0);
} catch (error) {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  process.stderr.write(
    `${expected ? (error as Error).message : `The server could not start: ${(error as Error).stack ?? String(error)}`}\n`,
  );
  process.exit(1);
}
