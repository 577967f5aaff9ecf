import 'reflect-metadata';
import { loadavg } from 'node:os';
import { startDatabase } from './database.js';
import { fairness } from './fairness/fairness.js';
import { growth } from './growth.js';
import { hour } from './hour.js';
import { parseOptions, type Options } from './options.js';
import { profile } from './profile.js';
import { figure, say, setQuiet } from './report.js';
import { throughput } from './throughput.js';

/*
 * `npm run bench`: with its own database in a temporary directory and its own receiver, on loopback only. Exits
 * with 1 when a delivery was lost or duplicated.
 */

const COMMANDS = { throughput, growth, fairness, hour, profile };

async function run(options: Options): Promise<void> {
  setQuiet(options.json);
  const database = await startDatabase(options.server);
  const interrupt = () => void database.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    say(database.describe());
    const before = loadavg()[0]!;
    const result = await COMMANDS[options.command](options, database);
    const load = { before, after: loadavg()[0]! };
    say(`load of the machine: ${figure(load.before)} before, ${figure(load.after)} after, the run included`);
    if (options.json) {
      const document = { options: { ...options, server: undefined }, server: database.facts, load, ...result };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
  } catch (error) {
    // Before the database stops: later failures caused by that would hide this one.
    fail(error);
  } finally {
    await database.stop();
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}

try {
  await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  fail(error);
}
